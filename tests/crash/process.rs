//! A program of ours as a process of its own, ended by `SIGKILL` and nothing else.

use std::{
    io::Read,
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

type Log = Arc<Mutex<Vec<u8>>>;

/// A process that can be killed and started again with the same words.
pub(crate) struct Process {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    log: Log,
    child: Mutex<Child>,
}

impl Process {
    pub(crate) fn start(arguments: Vec<String>, environment: Vec<(&'static str, String)>) -> Self {
        let log = Log::default();
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
        String::from_utf8_lossy(&self.log.lock().unwrap()).into_owned()
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

fn spawn(arguments: &[String], environment: &[(&'static str, String)], log: &Log) -> Child {
    let mut child = Command::new(&arguments[0])
        .args(&arguments[1..])
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = child.stderr.take().unwrap();
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = said.read(&mut part) {
            log.lock().unwrap().extend_from_slice(&part[..length]);
        }
    });
    child
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
