//! What is shown: the view reads a [`Screen`] and answers with [`Intent`]s. It knows nothing else.

use crate::{
    card::{Brand, Field, Form, Network, Problems},
    money::Money,
    outcome::{Failure, FailureKind, Retry},
    session::{Line, Mode, Reversal},
};

/// Everything on the screen, except what stands in the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// What is being paid; absent until the session is known.
    pub order: Option<Order>,
    /// Which screen it is.
    pub stage: Stage,
    /// What stands above the form.
    pub notice: Option<Notice>,
    /// What is wrong with the fields.
    pub problems: Problems,
    /// The brand of the number in the input.
    pub brand: Option<Brand>,
    /// The networks that the shopper may choose from.
    pub networks: Option<[Network; 2]>,
    /// The support code to show, where something went wrong or is open.
    pub support: Option<String>,
    /// The device has no connection.
    pub offline: bool,
    /// An earlier payment that may still be approved, or came too late: on its way back or given
    /// back. While there is one, nothing says that nothing was charged.
    pub reversal: Option<Reversal>,
    /// Whether anybody can be asked how things stand: then there is a button for it.
    pub can_ask: bool,
}

/// What is being paid. Names are foreign text: shown as text, isolated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The merchant's name.
    pub merchant: String,
    /// The merchant's order reference.
    pub reference: String,
    /// What is charged.
    pub total: Money,
    /// What for.
    pub lines: Vec<Line>,
    /// Hosted page or frame.
    pub mode: Mode,
    /// Where the shopper goes after paying (hosted page).
    pub success_url: String,
    /// Where the shopper goes without paying (hosted page).
    pub cancel_url: String,
    /// BCP 47 language.
    pub language: String,
}

/// Which screen is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The form is there and can be filled in; Pay waits for the session.
    #[default]
    Loading,
    /// The form, ready to pay.
    Form,
    /// The form while the payment is on its way; nothing can be changed.
    Busy,
    /// The form while the payment waits to be sent; nothing of it has been.
    Waiting(Waiting),
    /// The bank's page in a dialog over the form.
    Challenge(Challenge),
    /// The bank has been answered; the result is being fetched.
    Confirming,
    /// It is not known whether the payment took effect: "please don't pay again".
    Checking,
    /// The same, and nobody can be asked: "ask the shop before you pay again".
    Unknown,
    /// The shopper left the bank's page, which may still approve: there is a way back to it.
    Left,
    /// Refused, because the customer has bought it before.
    Owned,
    /// The payment is known to be pending at the payment system.
    Processing,
    /// Paid.
    Paid,
    /// Reserved; taken later.
    Authorised,
    /// The shopper gave the checkout up.
    Cancelled,
    /// The session ran out.
    Expired,
    /// The session can't be loaded or doesn't exist.
    Unavailable {
        /// Whether trying again may help.
        retry: bool,
    },
}

/// What a payment waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The connection.
    Connection,
    /// The end of a pause that the backend asked for.
    Pause {
        /// Seconds left.
        seconds: u32,
    },
}

/// The bank's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Checked address of the page.
    pub url: String,
    /// Whether the page has spoken or loaded.
    pub loaded: bool,
    /// Whether the shopper asked to leave and is being asked back.
    pub leaving: bool,
    /// Whether it has been open for a while: other ways on are offered.
    pub slow: bool,
    /// Whether the bank waits only another minute.
    pub ending: bool,
}

impl Challenge {
    /// The page has not come up in time.
    pub fn stuck(&self) -> bool {
        self.slow && !self.loaded
    }
}

/// What stands above the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The payment did not go through, nothing was charged.
    Failed {
        /// Why.
        failure: Failure,
        /// Foreign words, for kinds that have none of our own. Shown as text, isolated.
        message: Option<String>,
    },
    /// The shopper left the bank's page, nothing was charged.
    ChallengeCancelled,
    /// Cancelled at the bank or by the backend, nothing was charged.
    PaymentCancelled,
    /// The order is another than was shown; nothing was charged.
    OrderChanged,
    /// There is no connection; what is open goes on when it is back.
    NoConnection,
    /// An earlier payment may still be approved, or came too late to count.
    TooLate(Reversal),
    /// Waited in vain for the connection: nothing was sent, the security code was removed.
    Offline,
}

impl Notice {
    /// Paying again can't help.
    pub(crate) fn bars(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if failure.retry == Retry::None)
    }
}

impl Screen {
    /// The form is there, but the shop can take no payment, whatever the card: before Pay comes
    /// back, the shopper says that it is worth another try.
    pub fn is_barred(&self) -> bool {
        self.stage == Stage::Form && self.notice.as_ref().is_some_and(Notice::bars)
    }

    /// Everything that stands above the form, or above what is in its place.
    pub fn notices(&self) -> [Option<Notice>; 3] {
        use Stage as S;
        // Screens on which nothing is waited for any more.
        let ended = matches!(
            self.stage,
            S::Unknown | S::Owned | S::Paid | S::Authorised | S::Cancelled | S::Expired
        );
        // Screens on which another payment is open.
        let open = matches!(
            self.stage,
            S::Confirming
                | S::Checking
                | S::Unknown
                | S::Left
                | S::Processing
                | S::Unavailable { .. }
        );
        // Said already by the notice of a wait in vain.
        let offline = self.offline && !ended && self.notice != Some(Notice::Offline);
        // The same is said of it, and newer, by the notice of what goes back.
        let back = matches!(
            self.reversal,
            Some(Reversal::Returning | Reversal::Returned)
        );
        let said = back
            && matches!(&self.notice, Some(Notice::Failed { failure, .. })
                if failure.kind == FailureKind::ApprovedLate);
        [
            offline.then_some(Notice::NoConnection),
            self.reversal.filter(|_| !open).map(Notice::TooLate),
            self.notice
                .clone()
                .filter(|_| self.stage == S::Form && !said),
        ]
    }
}

/// What the shopper does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A field changed; the whole form as it now stands.
    Edited(Field, Form),
    /// A field was left.
    Blurred(Field, Form),
    /// A network of the card was chosen; `None`: as the issuer set it up.
    Preferred(Option<Network>),
    /// Pay was pressed, or Enter.
    Submitted(Form),
    /// The bank's page loaded in its frame.
    ChallengeLoaded,
    /// Close control or Escape on the bank's dialog.
    LeaveChallenge,
    /// "Stay" in the question that follows.
    StayInChallenge,
    /// "Leave" in that question.
    AbandonChallenge,
    /// "Cancel and return": give the checkout up.
    Cancelled,
    /// No longer wait to send the payment.
    StopWaiting,
    /// "Check again" on checking, processing and unavailable; "Try again" on a barred form.
    CheckAgain,
}
