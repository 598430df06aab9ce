//! Renders templates given as JSON lines, `{"mode": "helm", "template": "...", "data": {...}}`, and
//! writes one JSON line each: for comparing with Go.

use std::io::{BufRead as _, Write as _};

use sealine_template::chart::{self, Files};
use sealine_template::{Data, FileId, Map, MapType, Options, Set, Value, execute, parse, read};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let result = render(&line?);
        let value = Map::default();
        match result {
            Ok(text) => value.set("output", text.into()),
            Err(message) => value.set("error", message.into()),
        }
        let data = Map::default();
        data.set("x", value.into());
        let options = Options::eso();
        let written = parse("json", "{{ .x | toJson }}", options.functions).and_then(|template| {
            execute(&Set::of(FileId(0), template), "json", &data.into(), &options)
        });
        writeln!(out, "{}", written.map_or_else(|error| error.to_string(), |json| json.text))?;
    }
    Ok(())
}

fn render(line: &str) -> Result<String, String> {
    let parsed = sealine_yaml::parse(line);
    let case = read::value(parsed.root().ok_or("no case")?, None);
    let case = case.as_map().ok_or("no case")?;
    let text = |key: &str| {
        let value = case.get(key).unwrap_or_default();
        value.as_text().map(|text| text.to_str().into_owned()).unwrap_or_default()
    };
    let data = case.get("data").and_then(|data| data.as_map().cloned()).unwrap_or_default();
    let mode = text("mode");
    let (options, name, root) = match mode.as_str() {
        "helm" => (Options::helm(), "c/templates/t.yaml", helm_root(&data)),
        "eso" => {
            let texts = Map::new(MapType::Text);
            for (key, value) in data.entries() {
                if let Data::Text(_) = value.data {
                    texts.set(&key.to_str(), value);
                }
            }
            (Options::eso(), "t", texts.into())
        }
        _ => (Options::go(), "t", data.into()),
    };
    let template = parse(name, text("template"), options.functions);
    let template = template.map_err(|error| error.to_string())?;
    let rendered = execute(&Set::of(FileId(0), template), name, &root, &options);
    rendered.map(|rendered| rendered.text).map_err(|error| error.to_string())
}

fn helm_root(data: &Map) -> Value {
    let mut files = Files::default();
    files.add("config/a.txt", b"one\ntwo\n".to_vec(), None);
    files.add("config/b.yaml", b"x: 1\n".to_vec(), None);
    let chart_yaml = Map::default();
    for (key, value) in [("name", "c"), ("version", "0.1.0"), ("apiVersion", "v2")] {
        chart_yaml.set(key, value.into());
    }
    let template = Map::new(MapType::Named("chartutil.Values"));
    template.set("Name", "c/templates/t.yaml".into());
    template.set("BasePath", "c/templates".into());
    let root = Map::new(MapType::Named("chartutil.Values"));
    root.set("Values", chart::values(data));
    root.set("Chart", chart::metadata(&chart_yaml.into(), true));
    root.set("Release", chart::release("rel", "ns"));
    root.set("Capabilities", chart::capabilities("v1.20.0", chart::API_VERSIONS));
    root.set("Files", files.value());
    root.set("Subcharts", Map::default().into());
    root.set("Template", template.into());
    root.into()
}
