//! Connections that can be destroyed on demand, so that a fault is one on the wire.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

const OPEN: u8 = 0;
const HALF: u8 = 1;
const ENDED: u8 = 2;
const CUT: u8 = 3;

/// Connections so far, in this process.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

/// The switch of one connection, in the extensions of each of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Switch(Arc<Wire>);

#[derive(Debug)]
struct Wire {
    state: AtomicU8,
    /// Which connection of the process.
    socket: u64,
    requests: AtomicU64,
}

/// Which connection a request came on, and the how manieth it is there, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nth {
    pub(crate) socket: u64,
    pub(crate) nth: u64,
}

impl Switch {
    fn new() -> Self {
        Self(Arc::new(Wire {
            state: AtomicU8::new(OPEN),
            socket: CONNECTIONS.fetch_add(1, Ordering::SeqCst) + 1,
            requests: AtomicU64::new(0),
        }))
    }

    /// From now on nothing is written any more; the peer sees a reset.
    pub(crate) fn cut(&self) {
        self.0.state.store(CUT, Ordering::SeqCst);
    }

    /// The next answer loses the second half of its body; then the connection ends.
    pub(crate) fn halve(&self) {
        self.0.state.store(HALF, Ordering::SeqCst);
    }

    /// Counts a request.
    pub(crate) fn arrival(&self) -> Nth {
        Nth {
            socket: self.0.socket,
            nth: self.0.requests.fetch_add(1, Ordering::SeqCst) + 1,
        }
    }
}

impl Connected<IncomingStream<'_, Switchboard>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Switchboard>) -> Self {
        stream.io().switch.clone()
    }
}

/// A listener whose connections have a [`Switch`].
#[derive(Debug)]
pub(crate) struct Switchboard(pub(crate) TcpListener);

impl Listener for Switchboard {
    type Io = Switched;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Switched, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let switch = Switch::new();
        (Switched { stream, switch }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that fails at its next write once it is cut.
#[derive(Debug)]
pub(crate) struct Switched {
    stream: TcpStream,
    switch: Switch,
}

impl Switched {
    fn alive(&self) -> io::Result<()> {
        match self.switch.0.state.load(Ordering::SeqCst) {
            CUT => {
                // Without lingering the close is a reset, not a polite end.
                self.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            ENDED => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(()),
        }
    }
}

/// How much of head and body together to write: the head and half of the body.
fn half(bytes: &[u8]) -> usize {
    let head = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(0, |at| at + 4);
    head + (bytes.len() - head) / 2
}

impl AsyncRead for Switched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Switched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.alive()?;
        if self.switch.0.state.load(Ordering::SeqCst) == HALF {
            let written = Pin::new(&mut self.stream).poll_write(cx, &bytes[..half(bytes)]);
            if matches!(written, Poll::Ready(Ok(_))) {
                self.switch.0.state.store(ENDED, Ordering::SeqCst);
            }
            return written;
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
