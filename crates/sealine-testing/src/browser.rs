//! A real browser without a window, driven over a pipe as its own developer tools drive it.
//!
//! Invariant: whatever the page complains of is kept, and nothing waits for ever.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

/// How long the browser may take to answer. Generous: a loaded machine must not fail a test.
const LIMIT: Duration = Duration::from_mins(1);

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    to: File,
    from: Receiver<Value>,
    session: Option<String>,
    last: u64,
    /// What the page complained of: exceptions, errors and warnings of its console, refusals.
    pub complaints: Vec<String>,
    /// The profile of the browser; it goes with it.
    _folder: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Starts `program` and opens a file in it.
    ///
    /// # Panics
    ///
    /// When the browser does not do what it is asked for.
    pub fn open(program: &Path, page: &Path) -> Self {
        let mut browser = Self::start(program);
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        let size = json!({"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": false});
        browser.call("Emulation.setDeviceMetricsOverride", &size);
        let url = format!("file://{}", page.display());
        browser.call("Page.navigate", &json!({"url": url}));
        while browser.receive()["method"] != "Page.loadEventFired" {}
        browser
    }

    #[expect(clippy::disallowed_methods, reason = "a test runs the real program")]
    fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipes = ["in", "out"].map(|name| folder.path().join(name));
        let made = Command::new("mkfifo").args(&pipes).status().expect("mkfifo");
        assert!(made.success(), "mkfifo failed");
        // The browser reads commands from its third stream and answers on its fourth.
        let line = "exec 3<>\"$1\" 4<>\"$2\"; shift 2; exec \"$0\" \"$@\"";
        let child = Command::new("sh")
            .args(["-c", line])
            .arg(program)
            .args(&pipes)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-extensions", "--disable-background-networking"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a browser that starts");
        // Opened for both ways, a pipe does not wait for the other side.
        let open = |path| File::options().read(true).write(true).open(path).expect("a pipe");
        let (to, answers) = (open(&pipes[0]), open(&pipes[1]));
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut answers = BufReader::new(answers);
            let mut bytes = Vec::new();
            while answers.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
                bytes.pop();
                let sent = serde_json::from_slice(&bytes).map(|message| sender.send(message));
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
                bytes.clear();
            }
        });
        Self { child, to, from, session: None, last: 0, complaints: Vec::new(), _folder: folder }
    }

    fn receive(&mut self) -> Value {
        let message = self.from.recv_timeout(LIMIT).expect("the browser answers in time");
        let parameters = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => {
                self.complaints.push(parameters["exceptionDetails"].to_string());
            }
            "Log.entryAdded" => self.complaints.push(parameters["entry"].to_string()),
            "Runtime.consoleAPICalled" => self.complaints.push(parameters["args"].to_string()),
            _ => {}
        }
        message
    }

    /// Sends a command of the developer tools and returns its result.
    ///
    /// # Panics
    ///
    /// When the browser refuses.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let answer = self.receive();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// Returns the value of an expression in the page.
    ///
    /// # Panics
    ///
    /// When it throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key as a person does: `Enter`, `ArrowDown`, `/`.
    pub fn press(&mut self, key: &str) {
        let virtual_key = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let down = json!({
            "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": virtual_key,
        });
        self.call("Input.dispatchKeyEvent", &down);
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": virtual_key});
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// Writes a text where the cursor is.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Clicks in the middle of an element.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn click(&mut self, selector: &str) {
        let middle = self.evaluate(&format!(
            "(() => {{ const element = document.querySelector({}); \
             element.scrollIntoView({{block: 'center'}}); \
             const box = element.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Returns a picture of the page.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn picture(&mut self) -> Vec<u8> {
        let answer = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let text = answer["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    }
}
