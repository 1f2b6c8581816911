//! What stands above the form.

use super::*;

#[test]
fn a_failure_says_what_happened_to_the_money() {
    let mut failed = screen(Stage::Form);
    failed.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::CardDeclined),
        message: Some("Do not honour".to_owned()),
    });
    let html = render(&failed);
    assert!(html.contains("Your bank declined the payment."));
    assert!(html.contains("You have not been charged."));
    assert!(
        !html.contains("Do not honour"),
        "T23: the bank's own reason is shown"
    );
}

#[test]
fn t12_a_foreign_message_is_shown_as_isolated_text() {
    let mut failed = screen(Stage::Form);
    failed.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::Other),
        message: Some("<img src=x onerror=alert(1)>\u{202e}".to_owned()),
    });
    let html = render(&failed);
    assert!(!html.contains("<img"));
    assert!(html.contains("<bdi>&lt;img src=x onerror=alert(1)&gt;\u{202e}</bdi>"));
}

#[test]
fn a_payment_that_came_too_late_is_told_and_not_called_no_charge() {
    for (reversal, words) in [
        (Reversal::Possible, "You never pay twice"),
        (Reversal::Returning, "It is being given back"),
        (Reversal::Returned, "It was given back"),
    ] {
        for stage in [Stage::Form, Stage::Paid, Stage::Cancelled, Stage::Expired] {
            for notice in [
                None,
                Some(Notice::ChallengeCancelled),
                Some(Notice::PaymentCancelled),
                Some(Notice::Offline),
                Some(Notice::Failed {
                    failure: Failure::of(FailureKind::CardDeclined),
                    message: None,
                }),
            ] {
                let mut late = screen(stage.clone());
                late.reversal = Some(reversal);
                late.notice = notice;
                let html = render(&late);
                assert!(html.contains(words), "{stage:?}");
                assert!(
                    !html.contains("not been charged"),
                    "{stage:?} {:?}",
                    late.notice
                );
            }
        }
    }
}

#[test]
fn what_goes_back_is_told_once_and_never_as_two_stories() {
    let mut late = screen(Stage::Form);
    late.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::ApprovedLate),
        message: None,
    });
    assert!(render(&late).contains("It is being given back; you pay nothing"));
    for (reversal, words) in [
        (Reversal::Returning, "It is being given back. You pay"),
        (Reversal::Returned, "It was given back. You pay"),
    ] {
        late.reversal = Some(reversal);
        let html = render(&late);
        assert!(html.contains(words));
        assert_eq!(html.matches("too late").count(), 1, "{reversal:?}");
    }
}

#[test]
fn f09_the_banner_of_a_device_without_a_connection() {
    for (stage, shown) in [
        (Stage::Form, true),
        (Stage::Checking, true),
        (Stage::Waiting(Waiting::Connection), true),
        (Stage::Paid, false),
    ] {
        let mut offline = screen(stage.clone());
        offline.offline = true;
        assert_eq!(
            render(&offline).contains("You are offline"),
            shown,
            "{stage:?}"
        );
    }
}
#[test]
fn the_support_code_is_shown_where_there_is_one() {
    let mut checking = screen(Stage::Checking);
    checking.support = Some("req_7f3k".to_owned());
    assert!(render(&checking).contains("req_7f3k"));
    assert!(!render(&screen(Stage::Checking)).contains("Support code"));
}
