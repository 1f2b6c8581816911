//! What `/control` shows of Primer: card tokens and the bank's questions.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::{
    super::{clock::rfc3339, standins::Config, state::World},
    Desk,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/control/primer", get(overview))
}

async fn overview(State(world): State<Arc<World>>) -> Json<Value> {
    let books = world.books();
    Json(shown(&books.primer, &world.config))
}

fn shown(desk: &Desk, config: &Config) -> Value {
    let mut tokens: Vec<_> = desk.instruments.iter().collect();
    tokens.sort_by_key(|(token, card)| (card.made_at, token.as_str()));
    let tokens: Vec<Value> = tokens
        .into_iter()
        .map(|(token, card)| {
            json!({
                "token": token,
                "org": card.org,
                "madeAt": rfc3339(card.made_at),
                "network": card.network.shown,
                "preferredNetwork": card.preferred,
                "last4": card.last4,
                "vaulted": card.vaulted,
            })
        })
        .collect();
    let actions: Vec<Value> = desk
        .actions
        .iter()
        .map(|action| {
            json!({
                "id": action.id,
                "intent": action.intent,
                "order": action.sum.order,
                "standing": format!("{:?}", action.standing).to_lowercase(),
                "redirect": format!("{}/3ds/{}", config.bank_url, action.key),
                "until": rfc3339(action.until),
                "used": action.used,
            })
        })
        .collect();
    json!({"paymentMethodTokens": tokens, "actions": actions})
}
