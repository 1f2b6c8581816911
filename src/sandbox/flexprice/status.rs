//! Statuses of payments, and which may follow which.

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Initiated,
    Pending,
    Processing,
    Succeeded,
    Overpaid,
    Failed,
    Refunded,
    PartiallyRefunded,
    Voided,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Initiated,
        Self::Pending,
        Self::Processing,
        Self::Succeeded,
        Self::Overpaid,
        Self::Failed,
        Self::Refunded,
        Self::PartiallyRefunded,
        Self::Voided,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Succeeded => "SUCCEEDED",
            Self::Overpaid => "OVERPAID",
            Self::Failed => "FAILED",
            Self::Refunded => "REFUNDED",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Voided => "VOIDED",
        }
    }

    pub(crate) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the published table lets `next` follow.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        let after: &[Self] = match self {
            Self::Initiated => &[
                Self::Pending,
                Self::Processing,
                Self::Succeeded,
                Self::Overpaid,
                Self::Failed,
            ],
            Self::Pending => &[
                Self::Processing,
                Self::Succeeded,
                Self::Overpaid,
                Self::Failed,
            ],
            Self::Processing => &[Self::Succeeded, Self::Overpaid, Self::Failed],
            Self::Succeeded => &[
                Self::Overpaid,
                Self::Refunded,
                Self::PartiallyRefunded,
                Self::Voided,
            ],
            Self::Overpaid => &[Self::Refunded, Self::PartiallyRefunded],
            Self::PartiallyRefunded => &[Self::Refunded],
            Self::Failed | Self::Refunded | Self::Voided => &[],
        };
        after.contains(&next)
    }

    /// The gateway has not decided yet.
    pub(crate) fn in_flight(self) -> bool {
        matches!(self, Self::Pending | Self::Processing)
    }

    /// The money is there, and nothing of it was given back.
    pub(crate) fn stands(self) -> bool {
        matches!(self, Self::Succeeded | Self::Overpaid)
    }
}
