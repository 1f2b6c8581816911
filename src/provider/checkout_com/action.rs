//! `GET /payments/{id}/actions`: what was done with a payment, and whether it worked.

use serde_json::Value;

use crate::http::{MAX_BODY, Response};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Money was taken.
    Capture,
    /// A reservation was let go.
    Void,
    /// Money was given back.
    Refund,
    /// Anything else.
    Other,
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// `act_…`, as it was given out when it was accepted.
    pub id: Option<String>,
    /// What was done.
    pub kind: ActionKind,
    /// Whether it worked.
    pub approved: bool,
    /// Minor units.
    pub amount: i64,
    /// Ours, as sent.
    pub reference: Option<String>,
}

fn read(value: &Value) -> Option<Action> {
    let code = value.get("response_code").and_then(Value::as_str);
    Some(Action {
        id: value.get("id").and_then(Value::as_str).map(str::to_owned),
        kind: match value.get("type")?.as_str()? {
            "Capture" => ActionKind::Capture,
            "Void" => ActionKind::Void,
            "Refund" => ActionKind::Refund,
            _ => ActionKind::Other,
        },
        approved: match value.get("approved").and_then(Value::as_bool) {
            Some(approved) => approved,
            None => code?.starts_with("10"),
        },
        amount: value.get("amount")?.as_i64()?,
        reference: value
            .get("reference")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

/// Reads the answer; `None` if nothing can be known from it. One entry that can't be read may
/// be the one that was looked for.
pub fn read_actions(response: &Response) -> Option<Vec<Action>> {
    if response.status != 200 || response.body.len() > MAX_BODY {
        return None;
    }
    let list: Value = serde_json::from_str(&response.body).ok()?;
    list.as_array()?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{Action, ActionKind, Response, read_actions};

    fn actions(status: u16, body: &str) -> Option<Vec<Action>> {
        read_actions(&Response {
            status,
            retry_after: None,
            body: body.into(),
        })
    }

    #[test]
    fn an_action_worked_if_it_says_so_or_its_code_does() {
        let list = actions(
            200,
            r#"[{"id":"act_1","type":"Void","amount":3500,"response_code":"20005","reference":"k"},
                {"id":"act_2","type":"Capture","amount":100,"response_code":"10000"},
                {"id":"act_3","type":"Refund","amount":1,"response_code":"10000","approved":false}]"#,
        )
        .unwrap();
        let seen: Vec<_> = list
            .iter()
            .map(|action| (action.kind, action.approved, action.amount))
            .collect();
        assert_eq!(
            seen,
            [
                (ActionKind::Void, false, 3500),
                (ActionKind::Capture, true, 100),
                (ActionKind::Refund, false, 1),
            ]
        );
        assert_eq!(list[0].reference.as_deref(), Some("k"));
        assert_eq!(list[1].id.as_deref(), Some("act_2"));
    }

    #[test]
    fn a_list_that_cannot_be_read_tells_nothing() {
        for (status, body) in [(200, "{}"), (200, "[{}]"), (200, "<html>"), (404, "[]")] {
            assert_eq!(actions(status, body), None, "{status} {body}");
        }
    }
}
