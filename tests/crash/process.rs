//! A program of ours as a process of its own, ended by `SIGKILL` and nothing else.

use std::{
    fs::{File, OpenOptions},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

/// A process that can be killed and started again with the same words.
pub(crate) struct Process {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Process {
    pub(crate) fn start(
        arguments: Vec<String>,
        environment: Vec<(&'static str, String)>,
        log: PathBuf,
    ) -> Self {
        let child = Mutex::new(spawn(&arguments, &environment, &log));
        Self {
            arguments,
            environment,
            log,
            child,
        }
    }

    /// `kill -9`, and up again at once.
    pub(crate) fn kill_and_restart(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        *child = spawn(&self.arguments, &self.environment, &self.log);
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_some()
    }

    /// What it wrote to standard error in all its lives.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(mut child) = self.child.lock() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn open(log: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .unwrap()
}

fn spawn(arguments: &[String], environment: &[(&'static str, String)], log: &Path) -> Child {
    Command::new(&arguments[0])
        .args(&arguments[1..])
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(open(log))
        .spawn()
        .unwrap()
}

/// The program under test.
pub(crate) fn program() -> String {
    env!("CARGO_BIN_EXE_fanfare-checkout").into()
}

/// A port that nobody listens on, below those that systems give to outgoing connections: one
/// of those could take a dead server's port, or even connect to itself there.
pub(crate) fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9_000).unwrap();
    for _ in 0..2_000 {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::SeqCst)) % 9_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between 20000 and 29000");
}
