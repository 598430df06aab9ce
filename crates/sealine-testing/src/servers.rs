//! Doubles of clouds, each a real program that serves on a port of the loopback.
//!
//! Invariant: what a test starts ends with it, whatever becomes of the test.

#![expect(clippy::disallowed_methods, reason = "these are programs that tests start")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::peers::peer;

/// How often a request is sent that nobody answers.
const ATTEMPTS: u32 = 3;
/// How long a server may take until it answers. A machine that builds beside it is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    /// What it keeps.
    _folder: tempfile::TempDir,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends one request, and returns the answer with its head.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        use std::fmt::Write as _;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let length = body.len();
        let _ = write!(request, "Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        let mut last = None;
        // On a busy machine a server written for tests may drop a connection before it looks at it.
        for _ in 0..ATTEMPTS {
            match self.answer(request.as_bytes()) {
                Ok(answer) => return answer,
                Err(fault) => last = Some(fault),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("no answer: {last:?}")
    }

    /// Sends a request and reads until the server ends the connection, which it may do rudely once it has
    /// answered.
    fn answer(&self, request: &[u8]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if is_whole(&answer) {
            return Ok(answer);
        }
        Err(read.err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into()))
    }

    /// Waits until it listens; false when it ended instead.
    fn listens(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            // Where nobody listens, the system may give a connection the very port that it asks for as its
            // own, and connect it to itself.
            let stream = TcpStream::connect(self.address);
            if stream.is_ok_and(|it| it.local_addr().is_ok_and(|own| own != self.address)) {
                return true;
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts moto, a double of AWS: S3, KMS, STS, Secrets Manager and many more. Any credentials will do.
///
/// # Panics
///
/// When it does not start.
pub fn moto() -> Option<Server> {
    let program = peer("moto")?;
    Some(start(|port, _| {
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command
    }))
}

/// The account that [`azurite`] serves, and its key.
pub const AZURITE_ACCOUNT: (&str, &str) =
    ("sealinetest", "c2VhbGluZS10ZXN0LWtleS1mb3ItYXp1cml0ZQ==");

/// Starts Azurite, a double of Azure's blobs, with one account: [`AZURITE_ACCOUNT`]. Its URL is
/// followed by the account's name.
///
/// # Panics
///
/// When it does not start.
pub fn azurite() -> Option<Server> {
    let program = peer("azurite")?;
    let (account, key) = AZURITE_ACCOUNT;
    Some(start(|port, folder| {
        let mut command = Command::new(&program);
        command.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--silent"]);
        command.args(["--skipApiVersionCheck", "--disableTelemetry", "--location"]).arg(folder);
        command.env("AZURITE_ACCOUNTS", format!("{account}:{key}"));
        command
    }))
}

/// Starts Azurite as [`azurite`], with logins, under the name that Azure's own account would have, and a proxy that
/// leads there and nowhere else. What trusts [`AUTHORITY`] takes it for Azure.
///
/// # Panics
///
/// When it does not start.
pub fn azure_blob() -> Option<(Server, Tunnel)> {
    let program = peer("azurite")?;
    let (account, key) = AZURITE_ACCOUNT;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let server = start(|port, folder| {
        let mut command = Command::new(&program);
        command.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--silent"]);
        command.args(["--skipApiVersionCheck", "--disableTelemetry", "--location"]).arg(folder);
        command.arg("--cert").arg(data.join("blob.pem")).arg("--key").arg(data.join("blob.key"));
        command.args(["--oauth", "basic"]);
        command.env("AZURITE_ACCOUNTS", format!("{account}:{key}"));
        command
    });
    let tunnel = Tunnel::start(format!("{account}.blob.core.windows.net:443"), server.address());
    Some((server, tunnel))
}

/// The authority that vouches for what [`azure_blob`] starts.
pub const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/authority.pem");

/// A proxy that leads one name to one server, and refuses every other.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
}

impl Tunnel {
    fn start(name: String, server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let name = name.clone();
                std::thread::spawn(move || pass(client, &name, server));
            }
        });
        Self { address }
    }

    /// Its URL, for `HTTPS_PROXY`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves one client of a tunnel.
fn pass(mut client: TcpStream, name: &str, server: SocketAddr) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    if !head.starts_with(format!("CONNECT {name} ").as_bytes()) {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n");
    }
    let server = TcpStream::connect(server)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut up, mut down) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut up, &mut down);
        down.shutdown(Shutdown::Both)
    });
    let (mut up, mut down) = (client, server);
    std::io::copy(&mut down, &mut up)?;
    up.shutdown(Shutdown::Both)
}

/// Starts what `command` gives for a port and a folder, and waits until it listens.
fn start(command: impl Fn(u16, &Path) -> Command) -> Server {
    // Another test may take the port in between: then the server ends, and has another try.
    for _ in 0..3 {
        let folder = tempfile::tempdir().expect("a folder for a server");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = command(address.port(), folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("a server that starts");
        let mut server = Server { child, address, _folder: folder };
        if server.listens() {
            return server;
        }
    }
    panic!("a server does not listen");
}

/// Returns a port that nobody listens on, and that no other test of this program was given. It lies below those that
/// systems give to connections and to whoever asks for any port: one of these may be taken, and be listened on for
/// the blink of an eye, while a server is about to begin.
///
/// # Panics
///
/// When there is none.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Programs that run at once begin at different ports.
    let own = std::process::id().wrapping_mul(101);
    for _ in 0..COUNT {
        let next = own.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + next % COUNT).expect("a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}

/// Returns whether an answer has all that its head announces.
fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.next().and_then(|(_, length)| length.trim().parse::<usize>().ok());
    length.is_none_or(|length| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moto_serves_buckets() {
        let Some(server) = moto() else { return };
        let answer = server.send("GET", "/moto-api/data.json", &[], "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[test]
    fn azurite_serves_its_account_and_asks_who_is_there() {
        let Some(server) = azurite() else { return };
        let answer = server.send("GET", &format!("/{}?comp=list", AZURITE_ACCOUNT.0), &[], "");
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
}
