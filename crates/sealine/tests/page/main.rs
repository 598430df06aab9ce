//! `sealine graph` as a page, in a real browser; and the other pictures against hostile names.
//!
//! Pictures of the page are left in the target folder, for people to look at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sealine_testing::browser::Browser;
use sealine_testing::peers::peer;
use sealine_testing::{Run, Tree, run};

/// Names that would do something if they were not names.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\\\"];`|*[x](y)&quot;";

fn sealine(tree: &Tree, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), tree.root(), arguments)
}

/// Writes the page of a tree beside its files.
fn page(tree: &Tree) -> PathBuf {
    let _ = sealine(tree, &["graph", "-o", "html=page.html"]).exits(0);
    tree.path("page.html")
}

/// Leaves a picture in the target folder.
fn keep(browser: &mut Browser, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).expect("a folder");
    let picture = browser.picture();
    assert!(picture.starts_with(b"\x89PNG"), "a picture");
    #[expect(clippy::disallowed_methods, reason = "an artefact of a test")]
    std::fs::write(folder.join(name), picture).expect("written");
}

/// A store, and `count` chains from an entry to a pod, each in one of ten namespaces.
fn chains(count: usize) -> Tree {
    let tree = Tree::new(
        "\
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: \"https://kv-app.vault.azure.net\"}}}
//- sealine.yaml
vaults:
  kv-app: {kind: azure, ownership: terraform}
",
    );
    let mut text = String::new();
    for at in 0..count {
        let _ = write!(
            text,
            "\
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: app-{at}, namespace: team-{}}}
spec:
  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}
  data: [{{secretKey: TOKEN, remoteRef: {{key: token-{at}}}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{at}, namespace: team-{}}}
spec:
  template:
    spec:
      containers:
        - name: web
          env: [{{name: TOKEN, valueFrom: {{secretKeyRef: {{name: app-{at}, key: TOKEN}}}}}}]
",
            at % 10,
            at % 10
        );
    }
    tree.write("apps.yaml", text);
    tree
}

fn example(state: &str) -> Tree {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    Tree::copy_of(&examples.join(state))
}

/// What the cards of the columns say, from left to right.
fn cards(browser: &mut Browser) -> Vec<String> {
    let script = "[...document.querySelectorAll('.column')].map((column) => \
                  [...column.querySelectorAll('.card')].map((card) => card.title).join(' '))";
    serde_json::from_value(browser.evaluate(script)).expect("a list")
}

/// Holds what stands in the middle. The page follows its address, which takes it a moment.
#[track_caller]
fn focus_is(browser: &mut Browser, expected: &str) {
    let title = "document.querySelector('#details h2').textContent";
    let until = format!(
        "new Promise((done) => {{ const end = Date.now() + 20000; const look = () => \
         {title} === {} || Date.now() > end ? done({title}) : setTimeout(look, 10); look(); }})",
        serde_json::json!(expected)
    );
    assert_eq!(browser.evaluate(&until), expected);
}

#[test]
fn people_search_look_around_and_filter() {
    let Some(program) = peer("chromium") else { return };
    let tree = example("confluence-connector/module-added");
    let mut browser = Browser::open(&program, &page(&tree));
    // It begins with what is broken.
    let entry = "vault/kv-app-common/confluence-connector-api-token";
    focus_is(&mut browser, entry);
    let reader = "deployment/connectors/confluence-connector-v2/confluence-connector";
    let chain = [
        "",
        entry,
        "externalsecret/connectors/confluence-connector-v2",
        "secret/connectors/confluence-connector-v2",
        reader,
    ];
    assert_eq!(cards(&mut browser), chain);
    assert_eq!(browser.evaluate("document.querySelectorAll('#joints path').length"), 3);
    keep(&mut browser, "broken.png");

    browser.press("/");
    browser.write("tls-key");
    browser.press("ArrowDown");
    browser.press("Enter");
    focus_is(&mut browser, "vault/kv-app-common/sharepoint-connector-tls-key");
    let around = cards(&mut browser);
    assert!(around[0].contains("azurerm_key_vault_secret.tls[\"tls-key\"]"), "{around:?}");
    assert_eq!(around[4], "deployment/connectors/sharepoint-connector");
    browser.press("Escape");
    keep(&mut browser, "focus.png");

    // From card to card by keys, and back.
    browser.evaluate("document.querySelector('.card.focus').focus()");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    browser.press("Enter");
    focus_is(&mut browser, "secret/connectors/sharepoint-connector-tls");
    browser.evaluate(
        "new Promise((done) => { addEventListener('hashchange', done, {once: true}); history.back(); })",
    );
    focus_is(&mut browser, "vault/kv-app-common/sharepoint-connector-tls-key");

    browser.click("#broken");
    assert_eq!(browser.evaluate("document.querySelectorAll('#list li').length"), 1);
    assert_eq!(browser.evaluate("document.querySelector('#shown').textContent"), "1 of 22");
    browser.click("#broken");
    let choose = |id: &str, value: &str| {
        format!(
            "(() => {{ const box = document.getElementById('{id}'); box.value = '{value}'; \
             box.dispatchEvent(new Event('change')); \
             return [...document.querySelectorAll('#list li')].map((row) => row.title); }})()"
        )
    };
    let rows = browser.evaluate(&choose("namespace", "connectors"));
    let rows = rows.as_array().expect("rows").clone();
    assert!(rows.iter().all(|row| row.as_str().is_some_and(|id| id.contains("/connectors/"))));
    assert_eq!(rows.len(), 9);
    let all = browser.evaluate(&choose("namespace", ""));
    assert_eq!(all.as_array().map(Vec::len), Some(22));
    let rows = browser.evaluate(&choose("vault", "kv-app-common"));
    assert!(rows.as_array().is_some_and(|rows| rows.len() > 15), "{rows}");

    let ground = "getComputedStyle(document.body).backgroundColor";
    let before = browser.evaluate(ground);
    browser.click("#theme");
    assert_ne!(browser.evaluate(ground), before);
    keep(&mut browser, "other-theme.png");
    let line = browser.evaluate("document.querySelector('#details a').href");
    assert!(line.as_str().is_some_and(|link| link.contains("tls.tf#L20")), "{line}");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn five_thousand_stations_open_at_once() {
    let Some(program) = peer("chromium") else { return };
    let tree = chains(1_250);
    let page = page(&tree);
    let mut browser = Browser::open(&program, &page);
    let counts = browser.evaluate("document.querySelector('#counts').textContent");
    assert_eq!(counts, "5002 stations, 5001 joints, 1250 broken");
    let opened = browser.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd");
    let opened = opened.as_f64().expect("a time");
    // The vault: everything is downstream of it.
    let took = browser.evaluate(
        "(async () => { const start = performance.now(); location.hash = '#vault/kv-app'; \
         await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); \
         const search = document.querySelector('#search'); search.value = 'app-12'; \
         search.dispatchEvent(new Event('input')); return performance.now() - start; })()",
    );
    let took = took.as_f64().expect("a time");
    println!("opened in {opened:.0} ms, largest station and a search in {took:.0} ms");
    focus_is(&mut browser, "vault/kv-app");
    let elements = browser.evaluate("document.querySelectorAll('*').length");
    assert!(elements.as_u64().is_some_and(|elements| elements < 3_000), "{elements}");
    keep(&mut browser, "large.png");
    browser.click(".more");
    assert_eq!(browser.evaluate("document.querySelectorAll('.column')[2].children.length"), 82);
    assert_eq!(browser.complaints, Vec::<String>::new());
}

fn hostile() -> Tree {
    let name = HOSTILE.replace('\\', "\\\\").replace('"', "\\\"");
    let tree = chains(1);
    let text = tree.read("apps.yaml").replace("app-0", "HERE").replace("HERE", "name");
    tree.write("apps.yaml", text.replace("name: name", &format!("name: \"{name}\\e[31m\\u202e\"")));
    tree
}

#[test]
fn names_are_text_in_the_page() {
    let Some(program) = peer("chromium") else { return };
    let mut browser = Browser::open(&program, &page(&hostile()));
    let made = browser.evaluate("document.querySelectorAll('img, iframe').length");
    assert_eq!(made, 0);
    let shown = browser.evaluate("document.querySelector('#list').textContent");
    assert!(shown.as_str().is_some_and(|text| text.contains("</script><img src=x")), "{shown}");
    keep(&mut browser, "hostile.png");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn names_are_labels_in_pictures() {
    let tree = hostile();
    for format in ["dot", "mermaid"] {
        let text = sealine(&tree, &["graph", "-o", format]).exits(0).stdout;
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        let nodes = text.lines().filter(|line| {
            let line = line.trim_start();
            line.starts_with('n') && line[1..].starts_with(|c: char| c.is_ascii_digit())
        });
        for line in nodes {
            match format {
                // Between the quotes every quote and backslash is escaped.
                "dot" => {
                    let plain = line.replace("\\\\", "").replace("\\\"", "");
                    assert_eq!(plain.matches('"').count() % 2, 0, "{line}");
                    assert!(plain.ends_with(';'), "{line}");
                }
                _ => assert!(!line.contains(['<', '`', '|', '*', '&', '(']), "{line}"),
            }
        }
    }
}

#[test]
fn a_focus_leaves_out_the_rest() {
    let tree = example("airflow-connections/after");
    let all = ["graph", "-o", "dot", "--focus", "postgres_ping.ping"];
    let text = sealine(&tree, &all).exits(0).stdout;
    assert!(text.contains("secret/airflow/warehouse-postgres-conn"), "{text}");
    assert!(!text.contains("salesforce"), "{text}");
    let json = sealine(&tree, &["graph", "--focus", "postgres_ping.ping"]).exits(0).json();
    assert_eq!(json["nodes"].as_array().map(Vec::len), Some(6));
    assert_eq!(json["edges"].as_array().map(Vec::len), Some(6));
}
