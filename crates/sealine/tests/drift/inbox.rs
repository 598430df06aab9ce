//! A service on a port of its own that keeps what it is asked, and answers as it is made to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What somebody asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is answered: the status, more lines of the head, and the body.
pub(crate) struct Answer(pub(crate) u16, pub(crate) Vec<String>, pub(crate) String);

/// What was asked so far.
pub(crate) type Log = Arc<Mutex<Vec<Request>>>;

/// Serves until the test ends. Returns where, and what is asked.
pub(crate) fn serve(
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let log = Log::default();
    let (kept, answer) = (Arc::clone(&log), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            // Whoever asks may be killed meanwhile.
            std::thread::spawn(move || stream.and_then(|stream| one(stream, &kept, &*answer)));
        }
    });
    (origin, log)
}

fn one(
    stream: TcpStream,
    log: &Log,
    answer: &dyn Fn(&Request, usize) -> Answer,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request { method, path, ..Request::default() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    let place = {
        let mut log = log.lock().expect("what was asked");
        log.push(request.clone());
        log.len()
    };
    let Answer(status, lines, body) = answer(&request, place);
    let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\n");
    for line in lines {
        head.extend([line.as_str(), "\r\n"]);
    }
    let length = body.len().to_string();
    head.extend(["content-length: ", length.as_str(), "\r\n\r\n", body.as_str()]);
    reader.get_mut().write_all(head.as_bytes())
}
