//! A real PostgreSQL lets in whoever has the rendered URI, whatever the password is.
//!
//! The server is Debian's (`apt-get install postgresql`); without it the test says so and passes. It
//! runs as an unprivileged user, in a temporary folder, on a free port of the loopback interface.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sealine_testing::{Tree, postgresql};
use serde_json::json;

use super::{HOSTILE, sealine, state};

const HOST: &str = "warehouse-db-production-cnpg-v1-rw.warehouse.svc.cluster.local:5432";

/// A server that ends with this value.
struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    child: Option<Child>,
}

impl Server {
    fn start(programs: PathBuf) -> Self {
        // Not below `TMPDIR`, which may be closed to the user that runs the server.
        let folder = tempfile::tempdir_in("/tmp").expect("a temporary folder");
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("its mode");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.expect("a free port").port();
        let mut server = Self { programs, folder, port, child: None };
        let data = server.folder.path().join("data");
        let done = server
            .program("initdb")
            .args(["--username=admin", "--auth-local=trust", "--auth-host=scram-sha-256"])
            .args(["--encoding=UTF8", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let child = server
            .program("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c"])
            .arg(format!("unix_socket_directories={}", server.folder.path().display()))
            .args(["-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        server.child = Some(child.expect("postgres runs"));
        let start = Instant::now();
        while server.administer("select 1").is_err() {
            assert!(start.elapsed() < Duration::from_mins(1), "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }

    /// Returns a program of the server, run as somebody who may run it.
    #[expect(clippy::disallowed_methods, reason = "the test runs a real server")]
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let is_root = self.folder.path().metadata().expect("the folder").uid() == 0;
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            // The user whom Debian's package makes.
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
            command.arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command.current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        command
    }

    /// Runs statements as the one who may do all.
    fn administer(&self, statements: &str) -> Result<(), String> {
        let mut child = self
            .program("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "admin", "-d", "postgres", "-h"])
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql runs");
        let mut input = child.stdin.take().expect("its input");
        // It may be gone already, which its exit code tells.
        let _ = input.write_all(statements.as_bytes());
        drop(input);
        let done = child.wait_with_output().expect("psql ends");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(said) }
    }

    /// Returns who is let in with a URI.
    fn user(&self, uri: &str) -> Result<String, String> {
        let mut command = self.program("psql");
        let done = command.args(["-X", "-At", "-c", "select current_user", uri]).output();
        let done = done.expect("psql runs");
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Stopped by its own program: the child is the one that changed the user.
        let data = self.folder.path().join("data");
        let _ = self.program("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(data).output();
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the URI of the example, rendered for a server at `port`.
fn uri(name: &str, password: &str, port: u16) -> String {
    let tree = Tree::new("");
    let file = "homelab/kubernetes/apps/airflow/production/warehouse-postgres-conn.yaml";
    let text = read(&state(name).join(file));
    assert!(text.contains(HOST), "the example has another host");
    tree.write("conn.yaml", text.replace(HOST, &format!("127.0.0.1:{port}")));
    let values = json!({ "app--warehouse-postgres-password--prod": password });
    tree.write("values.txt", values.to_string());
    let arguments = ["render", "--data", "values.txt", "--reveal", "-o", "json"];
    let rendered = sealine(tree.root(), &arguments).exits(0).json();
    let uri = &rendered["rendered"][0]["secret"]["stringData"]["AIRFLOW_CONN_WAREHOUSE_POSTGRES"];
    uri.as_str().expect("a URI").to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the test reads the example")]
fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the example")
}

#[test]
fn whoever_has_the_uri_is_let_in() {
    let Some(programs) = postgresql::programs() else { return };
    let server = Server::start(programs);
    server.administer("create role app login; create database app owner app").expect("a role");
    for password in HOSTILE {
        let changed = format!("alter role app password $hostile${password}$hostile$");
        server.administer(&changed).expect("a password");
        let found = server.user(&uri("after", password, server.port));
        assert_eq!(found.as_deref(), Ok("app"), "{password:?}");
    }
    // A server that lets anybody in would show nothing.
    assert!(server.user(&uri("after", "another", server.port)).is_err());
    server.administer("alter role app password 'p@s/s'").expect("a password");
    assert!(server.user(&uri("naive", "p@s/s", server.port)).is_err(), "it is not encoded");
}
