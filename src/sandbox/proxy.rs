//! Stands between browsers and a system that runs elsewhere: every request is passed on as it
//! came, unless a fault was ordered for it.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, Uri, header, uri::PathAndQuery},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::net::TcpListener;

use super::{
    fault, guard,
    socket::{Switch, Switchboard},
    state::World,
    tally,
};

/// Where requests are passed on to.
struct Door {
    client: Client<HttpConnector, Body>,
    /// `127.0.0.1:4808`.
    to: String,
}

/// Serves the proxy on `listener`, in front of what listens at `to` on this machine.
pub(super) async fn serve(listener: TcpListener, to: String, world: Arc<World>) -> io::Result<()> {
    guard::loopback_only("the proxy", listener.local_addr()?)?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let app = Router::new()
        .fallback(pass)
        .with_state(Arc::new(Door { client, to }))
        .layer(from_fn_with_state(world.clone(), fault::inject))
        .layer(from_fn_with_state(world, tally::arrival))
        .into_make_service_with_connect_info::<Switch>();
    axum::serve(Switchboard(listener), app).await
}

/// Passes a request on, and the answer back. What is said about one connection only stays there.
async fn pass(State(door): State<Arc<Door>>, mut request: Request) -> Response {
    let switch = request
        .extensions()
        .get::<ConnectInfo<Switch>>()
        .map(|ConnectInfo(switch)| switch.clone());
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", PathAndQuery::as_str);
    let Ok(uri) = format!("http://{}{path}", door.to).parse::<Uri>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    request.headers_mut().remove(header::CONNECTION);
    match door.client.request(request).await {
        Ok(mut response) => {
            response.headers_mut().remove(header::CONNECTION);
            response.map(Body::new)
        }
        // Nobody there, or gone in the middle of it: so is this connection.
        Err(_) => {
            if let Some(switch) = switch {
                switch.cut();
            }
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}
