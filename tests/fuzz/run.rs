//! Runs a decoder over many inputs, under a watch.

use std::{
    env,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process,
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use super::bytes::Dice;

/// The longest time for one input of a decoder.
const LIMIT: Duration = Duration::from_secs(2);

/// How many inputs: `short` usually, `long` with `LONG=1`.
pub(crate) fn cases(short: u64, long: u64) -> u64 {
    if env::var("LONG").is_ok_and(|long| long == "1") {
        long
    } else {
        short
    }
}

/// The seed of this run: `SEED`, or the clock's.
pub(crate) fn seed() -> u64 {
    env::var("SEED")
        .ok()
        .map(|seed| seed.parse().expect("SEED is a number"))
        .unwrap_or_else(|| {
            let now = std::time::UNIX_EPOCH.elapsed().unwrap();
            u64::from(now.subsec_nanos()) ^ now.as_secs()
        })
}

/// The input at work, and since when.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Option<(Instant, String)>>>);

impl Watch {
    /// Watches until the sender is dropped: an input that takes too long ends the process,
    /// because a hanging thread can't be ended otherwise.
    pub(crate) fn start(&self, limit: Duration) -> mpsc::Sender<()> {
        let (running, stopped) = mpsc::channel();
        let watch = self.clone();
        thread::spawn(move || {
            while stopped.recv_timeout(limit / 10) == Err(RecvTimeoutError::Timeout) {
                let at_work = watch.0.lock().unwrap();
                if let Some((since, what)) = &*at_work
                    && since.elapsed() > limit
                {
                    // The harness keeps what is printed; this goes out before the process ends.
                    let _ = writeln!(std::io::stderr(), "hangs: {what}");
                    process::exit(101);
                }
            }
        });
        running
    }

    pub(crate) fn on(&self, what: String) {
        *self.0.lock().unwrap() = Some((Instant::now(), what));
    }

    pub(crate) fn off(&self) {
        *self.0.lock().unwrap() = None;
    }
}

/// Cuts an input for the report.
pub(crate) fn shown(input: &str) -> String {
    input.escape_debug().take(4_000).collect()
}

/// `make` draws an input, `check` decodes it and looks at what came out.
pub(crate) fn fuzz<T: AsRef<str>>(
    name: &str,
    make: impl Fn(&mut Dice) -> T,
    check: impl Fn(&T, &mut Dice),
) {
    let seed = seed();
    let watch = Watch::default();
    let _running = watch.start(LIMIT);
    for case in 0..cases(3_000, 100_000) {
        let mut dice = Dice::new(seed ^ case.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let input = make(&mut dice);
        let told = format!(
            "{name}, SEED={seed}, case {case}: {}",
            shown(input.as_ref())
        );
        watch.on(told.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&input, &mut dice)));
        watch.off();
        if let Err(panic) = outcome {
            eprintln!("fails: {told}");
            resume_unwind(panic);
        }
    }
}
