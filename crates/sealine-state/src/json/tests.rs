//! The reader accepts JSON and nothing else, and survives what is none.

use super::*;

/// Writes a tree with its values, which only a test may.
fn shown(json: &Json) -> String {
    let text = |value: &SecretValue| String::from_utf8(value.expose().to_vec()).expect("UTF-8");
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Integer(value) => format!("i{}", text(value)),
        Json::Float(value) => format!("f{}", text(value)),
        Json::String(value) => format!("{:?}", text(value)),
        Json::List(items) => {
            format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(","))
        }
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}:{}", shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

fn read(text: &[u8]) -> Result<String, String> {
    let whole = |text| {
        let mut reader = Reader::new(text)?;
        let json = Json::read(&mut reader)?;
        reader.end()?;
        Ok(json)
    };
    whole(text).map(|json| shown(&json)).map_err(|fault: Fault| fault.to_string())
}

#[test]
fn values_keep_their_kind_their_digits_and_their_order() {
    let text = r#" {"z": [1, -2.50, 1e3, 123456789012345678901234567890], "a": {"x": null},
        "t": "a\u00e9\n\ud83d\ude00\/\ud800x", "b": true, "e": {}, "l": []} "#;
    let expected = r#"{z:[i1,f-2.50,f1e3,i123456789012345678901234567890],a:{x:null},"#.to_owned()
        + "t:\"aé\\n😀/\u{fffd}x\",b:true,e:{},l:[]}";
    assert_eq!(read(text.as_bytes()), Ok(expected));
    assert_eq!(read(b"\xef\xbb\xbf\"bom\""), Ok("\"bom\"".to_owned()));
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (text, fault) in [
        ("", "line 1, column 1: the text ends where a value was expected"),
        ("{\"a\": 1,\n \"a\": 2}", "line 2, column 6: a key is given twice"),
        ("{\"a\" 1}", "line 1, column 6: `:` was expected"),
        ("[1 2]", "line 1, column 4: `,` or `]` was expected"),
        ("[1,]", "line 1, column 4: a value was expected"),
        ("{\"a\": 1,}", "line 1, column 9: a string was expected"),
        ("\"a", "line 1, column 3: the text ends within a string"),
        ("\"a\\", "line 1, column 4: the text ends within a string"),
        ("\"\\x\"", "line 1, column 5: an unknown escape in a string"),
        ("\"\\u12\"", "line 1, column 7: a broken escape in a string"),
        ("\"a\nb\"", "line 1, column 3: a control character in a string"),
        ("01", "line 1, column 3: a number was expected"),
        ("1.", "line 1, column 3: a digit was expected"),
        ("nul", "line 1, column 1: a value was expected"),
        ("1 1", "line 1, column 3: the end was expected"),
    ] {
        assert_eq!(read(text.as_bytes()), Err(fault.to_owned()), "{text}");
    }
    assert_eq!(read(b"\"a\xff\""), Err("line 1, column 3: a byte that is not UTF-8".to_owned()));
}

#[test]
fn depth_has_an_end_on_a_small_stack() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        assert!(read(deep(DEEPEST).as_bytes()).is_ok());
        for text in [deep(DEEPEST + 1), "{\"a\":".repeat(100_000), "[".repeat(1_000_000)] {
            let fault = read(text.as_bytes()).expect_err("a fault");
            assert!(fault.ends_with("200 levels"), "{fault}");
            assert!(Reader::new(text.as_bytes()).expect("UTF-8").skip().is_err());
        }
    });
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn debug_shows_no_value() {
    let mut reader = Reader::new(br#"{"name": ["canary-text", 4711]}"#).expect("UTF-8");
    let shown = format!("{:?}", Json::read(&mut reader).expect("JSON"));
    assert!(!shown.contains("canary") && !shown.contains("4711"), "{shown}");
}
