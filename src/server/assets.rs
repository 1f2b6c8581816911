//! The built widget's files, under a version that never changes and under `v1`, which does.

use std::{path::Path, sync::Arc};

use axum::{
    extract::{self, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Server,
    error::{NOT_FOUND, Plain},
};

/// The version whose files are served for good.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The media type by the name's ending; what has none is not served. Documents are not: they
/// would come without their policy.
fn media_type(file: &str) -> Option<&'static str> {
    Some(match file.rsplit_once('.')?.1 {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "ts" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// A plain file name: nothing that leads elsewhere.
fn is_plain(file: &str) -> bool {
    !file.starts_with('.')
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// `GET /embed/{version}/{file}`.
pub(crate) async fn serve(
    State(server): State<Arc<Server>>,
    extract::Path((version, file)): extract::Path<(String, String)>,
) -> Result<Response, Plain> {
    let cache = match version.as_str() {
        VERSION => "public, max-age=31536000, immutable",
        "v1" => "no-cache",
        _ => return Err(NOT_FOUND),
    };
    let kind = media_type(&file)
        .filter(|_| is_plain(&file))
        .ok_or(NOT_FOUND)?;
    let bytes = read(&server.settings.assets, &file).await?;
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, cache),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (
                header::HeaderName::from_static("cross-origin-resource-policy"),
                "cross-origin",
            ),
        ],
        bytes,
    )
        .into_response())
}

/// The bytes of a file of the built widget.
pub(crate) async fn read(assets: &Path, file: &str) -> Result<Vec<u8>, Plain> {
    tokio::fs::read(assets.join(file)).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            NOT_FOUND
        } else {
            tracing::error!(file, "asset: {error}");
            Plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
        }
    })
}

/// `GET /health`.
pub(crate) async fn health(State(server): State<Arc<Server>>) -> Response {
    if server.store.is_alive().await {
        (
            [(header::CONTENT_TYPE, "application/json")],
            "{\"status\":\"ok\"}",
        )
            .into_response()
    } else {
        Plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
        .into_response()
    }
}
