//! Small drawings of one visual weight: 24 × 24, strokes of the text's colour.

use leptos::prelude::*;

/// Which drawing.
#[derive(Clone, Copy)]
pub(super) enum Icon {
    Alert,
    Clock,
    Close,
    Cross,
    Help,
    Info,
    Lock,
    Spinner,
    Tick,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 8v5M12 16.2v.1",
            Self::Clock => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2.2",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Cross => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9 9l6 6M15 9l-6 6",
            Self::Help => {
                "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9.6 9.6a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1.9-1.1 1.8M12 16.4v.1"
            }
            Self::Info => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5M12 7.8v.1",
            Self::Lock => {
                "M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 18v-6A1.5 1.5 0 0 1 7 10.5ZM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"
            }
            Self::Spinner => "M12 3.5a8.5 8.5 0 1 1-8.5 8.5",
            Self::Tick => "M5.5 12.8l4.2 4.2 8.8-9.6",
        }
    }
}

/// The drawing, hidden from those who hear the page: words stand beside it.
pub(super) fn icon(which: Icon) -> impl IntoView {
    // A ring that turns, or stands still where motion is not wanted.
    let class = match which {
        Icon::Spinner => "spinner",
        _ => "icon",
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=which.path()/>
        </svg>
    }
}
