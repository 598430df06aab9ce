//! Renders charts given as JSON on standard input and writes each template's output as JSON: for
//! comparing with `helm template`.
//!
//! The input is `{"release": "r", "namespace": "n", "kubernetes": "v1.34.0", "charts": [{"path",
//! "metadata", "values", "templates": [{"name", "text"}], "files": [{"name", "text"}]}]}`, the root
//! chart first; the values of a dependency are already its own.

use std::io::{Read as _, Write as _};

use sealine_template::chart::{self, Files};
use sealine_template::{FileId, List, Map, MapType, Options, Set, Value, execute, parse, read};

fn main() -> std::io::Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let outputs = Map::default();
    if let Err(message) = render(&input, &outputs) {
        outputs.set("error", message.into());
    }
    let options = Options::helm();
    let root = Map::default();
    root.set("x", outputs.into());
    let written = parse("json", "{{ .x | toJson }}", options.functions).and_then(|template| {
        execute(&Set::of(FileId(0), template), "json", &root.into(), &options)
    });
    let written = written.map_or_else(|error| error.to_string(), |json| json.text);
    writeln!(std::io::stdout(), "{written}")
}

fn text(value: &Value, key: &str) -> String {
    let text = value.as_map().and_then(|map| map.get(key)).unwrap_or_default();
    text.as_text().map(|text| text.to_str().into_owned()).unwrap_or_default()
}

fn items(value: &Value, key: &str) -> Vec<Value> {
    let list = value.as_map().and_then(|map| map.get(key)).unwrap_or_default();
    list.as_list().map(List::items).unwrap_or_default().to_vec()
}

fn render(input: &str, outputs: &Map) -> Result<(), String> {
    let limits = sealine_yaml::Limits { nodes: 10_000_000, ..sealine_yaml::Limits::default() };
    let parsed = sealine_yaml::parse_with(input, &limits);
    let case = read::value(parsed.root().ok_or("no case")?, None);
    let options = Options::helm();
    let release = chart::release(&text(&case, "release"), &text(&case, "namespace"));
    let capabilities = chart::capabilities(&text(&case, "kubernetes"), chart::API_VERSIONS);
    let mut templates = Vec::new();
    for (index, item) in items(&case, "charts").iter().enumerate() {
        let entry = |key: &str| item.as_map().and_then(|map| map.get(key)).unwrap_or_default();
        let mut files = Files::default();
        for file in items(item, "files") {
            files.add(text(&file, "name"), text(&file, "text").into_bytes(), None);
        }
        let root = Map::new(MapType::Named("chartutil.Values"));
        root.set("Values", chart::values(&entry("values").as_map().cloned().unwrap_or_default()));
        root.set("Chart", chart::metadata(&entry("metadata"), index == 0));
        root.set("Release", release.clone());
        root.set("Capabilities", capabilities.clone());
        root.set("Files", files.value());
        root.set("Subcharts", Map::default().into());
        let base = format!("{}/templates", text(item, "path"));
        for template in items(item, "templates") {
            templates.push((
                text(&template, "name"),
                text(&template, "text"),
                root.clone(),
                base.clone(),
            ));
        }
    }
    templates.sort_by(|left, right| chart::order(&left.0, &right.0));
    let mut set = Set::default();
    for (index, (name, source, ..)) in templates.iter().enumerate() {
        let template =
            parse(name, source.as_str(), options.functions).map_err(|error| error.to_string())?;
        set.add(FileId(index as u32), template);
    }
    for (name, _, root, base) in &templates {
        if name.rsplit('/').next().is_some_and(|file| file.starts_with('_')) {
            continue;
        }
        let template = Map::new(MapType::Named("chartutil.Values"));
        template.set("Name", name.as_str().into());
        template.set("BasePath", base.as_str().into());
        root.set("Template", template.into());
        let rendered = execute(&set, name, &root.clone().into(), &options);
        let rendered = rendered.map_err(|error| error.to_string())?;
        let covered: usize =
            rendered.segments.iter().map(|segment| segment.output.bytes().len()).sum();
        if covered != rendered.text.len() {
            return Err(format!("{name}: {covered} of {} bytes covered", rendered.text.len()));
        }
        outputs.set(name, rendered.text.into());
    }
    Ok(())
}
