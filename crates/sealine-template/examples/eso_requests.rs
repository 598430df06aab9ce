//! Renders templates of `ExternalSecrets` as the operator's own engine does in
//! `tests/peers/eso-oracle`, over the same requests: a line of JSON in, a line of JSON out.
//!
//! `eso_requests make COUNT` writes requests to measure with; without arguments, requests are read
//! from standard input and answered.

use std::io::{BufRead as _, BufWriter, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealine_template::{
    FileId, Functions, Map, MapType, Options, Set, Text, Value, execute, parse,
};
use serde_json::json;

fn main() -> std::io::Result<()> {
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("make") {
        let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1000);
        for index in 0..count {
            writeln!(output, "{}", request(index))?;
        }
        return output.flush();
    }
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?)?;
        writeln!(output, "{}", answer(&request))?;
    }
    output.flush()
}

fn answer(request: &serde_json::Value) -> serde_json::Value {
    let data = Map::new(MapType::Text);
    for (name, value) in request["values"].as_object().into_iter().flatten() {
        let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
        data.set(name, Value::from(Text::from(bytes)));
    }
    let data = Value::from(data);
    let mut rendered = serde_json::Map::new();
    for (key, text) in request["texts"].as_object().into_iter().flatten() {
        match render(key, text.as_str().unwrap_or_default(), &data) {
            Ok(bytes) => rendered.insert(key.clone(), STANDARD.encode(bytes).into()),
            Err(error) => return json!({ "ok": false, "error": error }),
        };
    }
    json!({ "ok": true, "data": rendered })
}

fn render(key: &str, text: &str, data: &Value) -> Result<Vec<u8>, String> {
    let options = Options::eso();
    let template = parse(key, text, Functions::eso()).map_err(|error| error.to_string())?;
    let set = Set::of(FileId(0), template);
    let rendered = execute(&set, key, data, &options).map_err(|error| error.to_string())?;
    Ok(rendered.bytes.unwrap_or_else(|| rendered.text.into_bytes()))
}

/// Returns a request of the kind people write: connections, files, registries.
fn request(index: usize) -> serde_json::Value {
    let value = |text: String| json!(STANDARD.encode(text));
    let host = format!("db-{index}.data.svc");
    json!({
        "values": {
            "user": value(format!("service-{index}")),
            "password": value(format!("p@ss/w:rd \"{index}\" é#%+?&=[]{{}}")),
            "host": value(host),
            "port": value("5432".to_owned()),
            "json": value(format!(r#"{{"a":{index},"b":["x","y"],"c":{{"d":"e"}}}}"#)),
        },
        "texts": {
            "uri": "postgresql://{{ .user | urlquery }}:{{ .password | urlquery }}@{{ .host }}:{{ .port }}/app",
            "AIRFLOW_CONN_DB": "{{ dict \"conn_type\" \"postgres\" \"login\" .user \"password\" .password \"host\" .host \"port\" (.port | int) | toJson }}",
            ".dockerconfigjson": "{\"auths\":{\"registry.example\":{\"username\":{{ .user | toJson }},\"auth\":{{ printf \"%s:%s\" .user .password | b64enc | toJson }}}}}",
            "config.ini": "[database]\n{{- range $name := list \"user\" \"host\" \"port\" }}\n{{ $name }} = {{ index $ $name | quote }}\n{{- end }}\n{{ with .json | fromJson }}{{ range $k, $v := . }}{{ $k | upper }}={{ $v }}\n{{ end }}{{ end }}",
        },
    })
}
