//! Talks to the program that holds the operator's engine.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::render::KEY;
use super::values::Values;

/// A running oracle; it ends when it is dropped.
pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What the operator made of a template: its bytes, or its error.
pub(crate) type Answer = Result<Vec<u8>, String>;

impl Oracle {
    /// Starts the oracle, where there is one.
    #[expect(clippy::disallowed_methods, reason = "the oracle is a program")]
    pub(crate) fn start() -> Option<Self> {
        let program = crate::peers::peer("eso-oracle")?;
        let mut child = Command::new(program)
            // Local time is UTC, as in the operator's image, and there is no cluster.
            .env_clear()
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Some(Self { child, input, output })
    }

    /// Returns the answers to all requests, in their order.
    pub(crate) fn ask(&mut self, requests: impl Iterator<Item = Value> + Send) -> Vec<Value> {
        let input = self.input.take().expect("the oracle was not asked to end");
        let output = &mut self.output;
        let (answers, input) = std::thread::scope(|scope| {
            let (sender, counts) = std::sync::mpsc::channel();
            // Writing and reading at once, since either pipe may fill up.
            let writer = scope.spawn(move || {
                let mut input = BufWriter::new(input);
                for request in requests {
                    writeln!(input, "{request}").expect("the oracle reads");
                    sender.send(()).expect("its answer is awaited");
                }
                input.into_inner().expect("the oracle reads")
            });
            let mut answers = Vec::new();
            for () in counts {
                let mut line = String::new();
                output.read_line(&mut line).expect("the oracle answers");
                answers.push(serde_json::from_str(&line).expect("with JSON"));
            }
            (answers, writer.join().expect("all was written"))
        });
        self.input = Some(input);
        answers
    }

    /// Returns what the operator makes of each text.
    pub(crate) fn render(&mut self, values: &Values, texts: &[String]) -> Vec<Answer> {
        let first = json!({ "texts": {}, "values": encoded(values) });
        let rest = texts.iter().map(|text| json!({ "texts": { KEY: text } }));
        let answers = self.ask(std::iter::once(first).chain(rest));
        answers.into_iter().skip(1).map(|answer| rendered(&answer)).collect()
    }

    /// Returns the operator's own functions with the types of their parameters.
    pub(crate) fn functions(&mut self) -> Vec<(String, String)> {
        let answers = self.ask(std::iter::once(json!({ "functions": true })));
        let listed = answers.first().and_then(|answer| answer["functions"].as_array());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let functions = listed.expect("the oracle lists functions").iter().map(|function| {
            let signature = text(&function["type"]);
            let parameters = signature.strip_prefix("func(").and_then(parameters);
            (text(&function["name"]), parameters.unwrap_or_default().to_owned())
        });
        functions.collect()
    }

    /// Returns fresh keys, certificates and archives.
    pub(crate) fn material(&mut self) -> Values {
        let answers = self.ask(std::iter::once(json!({ "material": true })));
        let data = answers.first().and_then(|answer| answer["data"].as_object());
        let data = data.expect("the oracle makes material");
        data.iter().map(|(name, value)| (name.clone(), decoded(value))).collect()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input is the end of the program.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// Returns values as the oracle reads them.
pub(crate) fn encoded(values: &Values) -> Value {
    use base64::Engine as _;
    let encode = |value: &Vec<u8>| base64::engine::general_purpose::STANDARD.encode(value);
    values.iter().map(|(name, value)| (name.clone(), json!(encode(value)))).collect()
}

/// Returns what stands before the parenthesis that closes the parameters.
fn parameters(signature: &str) -> Option<&str> {
    signature.split_once(')').map(|(parameters, _)| parameters)
}

fn decoded(value: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let text = value.as_str().unwrap_or_default();
    base64::engine::general_purpose::STANDARD.decode(text).expect("bytes are in base64")
}

fn rendered(answer: &Value) -> Answer {
    if answer["ok"] == true {
        return Ok(decoded(&answer["data"][KEY]));
    }
    Err(answer["error"].as_str().unwrap_or_default().to_owned())
}
