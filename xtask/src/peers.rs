//! Finds or builds the real programs that tests compare with.
//!
//! Built programs stay in the user's cache folder by name and version, so that a second run finds
//! them, and an unfinished build never looks like a finished one.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The list that the tests read, too.
#[path = "../../crates/sealine-testing/src/peers_table.rs"]
mod peers_table;

use peers_table::{NODE_PACKAGES, PYTHON_PACKAGES, Peer, table};

/// Says of each peer whether it is there, building it where that is possible, and returns the folder
/// of the built ones.
pub(crate) fn prepare() -> Result<PathBuf, String> {
    let folder = cache_folder()?;
    let mut missing = Vec::new();
    for peer in table() {
        match find_or_build(&peer, &folder) {
            Ok(line) => println!("peer {}: {line}", peer.name),
            Err(reason) => {
                println!("peer {}: skipped because {reason}", peer.name);
                if !peer.is_package() {
                    missing.push(peer.name);
                }
            }
        }
    }
    let required = std::env::var_os("SEALINE_PEERS").is_some_and(|value| value == "required");
    if required && !missing.is_empty() {
        return Err(format!("SEALINE_PEERS=required, but missing: {}", missing.join(", ")));
    }
    Ok(folder)
}

fn find_or_build(peer: &Peer, folder: &Path) -> Result<String, String> {
    let program = format!("{}{EXE_SUFFIX}", peer.name);
    if peer.origin == "-" {
        return match on_path(&program) {
            Some(path) => Ok(format!("found at {}", path.display())),
            None => Err("it is not on the PATH".to_owned()),
        };
    }
    if peer.is_package() {
        return match on_path(&program) {
            Some(path) => Ok(format!("found at {}", path.display())),
            None => install(peer.name, &program),
        };
    }
    let home = folder.join(peer.home());
    if home.join(&program).is_file() {
        return Ok(format!("found at {}", home.join(&program).display()));
    }
    let tool = tool(peer);
    if on_path(&format!("{tool}{EXE_SUFFIX}")).is_none() {
        return Err(format!("{tool} is not installed, which builds it"));
    }
    build(peer, &program, folder, &home)
}

/// Installs a package of Debian, where that can be done without asking anybody.
#[expect(clippy::disallowed_methods, reason = "this task runs the package manager")]
fn install(package: &str, program: &str) -> Result<String, String> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !is_root || on_path("apt-get").is_none() {
        return Err("it is not on the PATH".to_owned());
    }
    println!("peer {package}: installing it with apt-get, once");
    // A mirror that does not answer must not hold up the tests.
    let limits = ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];
    let run = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(limits).args(arguments).output()
    };
    let arguments = ["install", "-y", "--no-install-recommends", package];
    let _ = run(&["update"]);
    let output = run(&arguments).map_err(|error| format!("apt-get cannot be run: {error}"))?;
    if let Some(path) = on_path(program) {
        return Ok(format!("installed at {}", path.display()));
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("apt-get failed: {}", errors.trim().lines().last().unwrap_or("")))
}

/// Returns what builds a peer.
fn tool(peer: &Peer) -> &'static str {
    if packages(peer, PYTHON_PACKAGES).is_some() {
        "python3"
    } else if packages(peer, NODE_PACKAGES).is_some() {
        "npm"
    } else {
        "go"
    }
}

/// Returns the list of packages that a peer of this repository consists of, if it has one of that
/// name.
fn packages(peer: &Peer, name: &str) -> Option<PathBuf> {
    let list = peers_table::in_repository(peer.folder()?).join(name);
    list.is_file().then_some(list)
}

/// Returns the package to build in a folder that is a Go module: the tool of the peer's name, for a
/// program that others made, or the module itself.
#[expect(clippy::disallowed_methods, reason = "what is built is decided by files")]
fn go_package(peer: &Peer, folder: &Path) -> String {
    let module = std::fs::read_to_string(folder.join("go.mod")).unwrap_or_default();
    let words = module.lines().filter_map(|line| line.split_whitespace().last());
    let ending = format!("/{}", peer.name);
    let tool = words.into_iter().find(|word| word.ends_with(&ending) && word.contains('.'));
    tool.filter(|_| !folder.join("main.go").is_file()).unwrap_or(".").to_owned()
}

/// The authorities that a Debian trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Builds `peer` into a folder of its own beside `home`, and moves it there when it is whole.
#[expect(clippy::disallowed_methods, reason = "this task runs go and pip")]
fn build(peer: &Peer, program: &str, folder: &Path, home: &Path) -> Result<String, String> {
    println!("peer {}: building {} with {}, once", peer.name, peer.version, tool(peer));
    let start = Instant::now();
    let unfinished = folder.join(format!("unfinished-{}-{}", peer.name, std::process::id()));
    let explain =
        |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    std::fs::create_dir_all(&unfinished).map_err(explain)?;
    let npm_cache = unfinished.join("npm-cache");
    let mut command = Command::new(tool(peer));
    if let Some(list) = packages(peer, PYTHON_PACKAGES) {
        // The list is whole, and no package runs code of its own to be installed.
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        command.args(["--no-deps", "--only-binary", ":all:", "--target"]);
        command.arg(unfinished.join("site")).arg("-r").arg(list);
    } else if let Some(list) = packages(peer, NODE_PACKAGES) {
        // As above: what is installed is what the lock file names, and none of it runs to be so.
        command.args([
            "ci",
            "--silent",
            "--ignore-scripts",
            "--omit=dev",
            "--no-audit",
            "--no-fund",
        ]);
        command.arg("--prefix").arg(&unfinished).arg("--cache").arg(&npm_cache);
        // Node has a list of authorities of its own, without those that this machine trusts besides.
        if std::env::var_os("NODE_EXTRA_CA_CERTS").is_none() && Path::new(AUTHORITIES).is_file() {
            command.env("NODE_EXTRA_CA_CERTS", AUTHORITIES);
        }
        for name in [NODE_PACKAGES, "package-lock.json"] {
            std::fs::copy(list.with_file_name(name), unfinished.join(name)).map_err(explain)?;
        }
    } else if let Some(sources) = peer.folder() {
        // What links this much needs gigabytes: two compilers at once are enough.
        command.args(["build", "-p", "2", "-trimpath", "-buildvcs=false", "-o"]);
        command.arg(std::path::absolute(unfinished.join(program)).map_err(explain)?);
        command.arg(go_package(peer, &peers_table::in_repository(sources)));
        command.current_dir(peers_table::in_repository(sources));
    } else {
        command.arg("install").arg(format!("{}@v{}", peer.origin, peer.version));
        command.env("GOBIN", &unfinished);
    }
    // No C compiler is needed, and none is asked, which as root may remove `/dev/null`.
    let output = command
        .env("CGO_ENABLED", "0")
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", tool(peer)))?;
    let _ = std::fs::remove_dir_all(npm_cache);
    if output.status.success() {
        install_script(peer, &unfinished.join(program)).map_err(explain)?;
    }
    let built = output.status.success() && unfinished.join(program).is_file();
    let moved = if built { std::fs::rename(&unfinished, home) } else { Ok(()) };
    // Another run may have been faster: then its folder stands there, and this one goes.
    let _ = std::fs::remove_dir_all(&unfinished);
    if !built {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("its build failed: {}", errors.trim().lines().last().unwrap_or("")));
    }
    if !home.join(program).is_file() {
        moved.map_err(explain)?;
    }
    Ok(format!("built in {} s", start.elapsed().as_secs()))
}

/// Puts the script of a peer of Python or Node beside its packages, to be run by the interpreter for
/// which they were installed, and by nothing of the user's own.
#[expect(clippy::disallowed_methods, reason = "this task writes what it builds")]
fn install_script(peer: &Peer, program: &Path) -> std::io::Result<()> {
    let Some(folder) = peer.folder().map(peers_table::in_repository) else { return Ok(()) };
    let (interpreter, options, main) = match tool(peer) {
        "python3" => ("python3", " -IS", "main.py"),
        "npm" => ("node", "", "main.js"),
        _ => return Ok(()),
    };
    let script = std::fs::read_to_string(folder.join(main))?;
    let interpreter = on_path(&format!("{interpreter}{EXE_SUFFIX}")).unwrap_or_default();
    std::fs::write(program, format!("#!{}{options}\n{script}", interpreter.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The user's cache folder, or the target folder where there is none that can be written to.
fn cache_folder() -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| value != OsStr::new(""));
    let target = set("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let candidates = [
        set("XDG_CACHE_HOME").map(PathBuf::from),
        set("LOCALAPPDATA").map(PathBuf::from),
        set("HOME").map(|home| Path::new(&home).join(".cache")),
        Some(target.join("cache")),
    ];
    let mut reason = String::new();
    for candidate in candidates.into_iter().flatten() {
        let folder = candidate.join("sealine").join("peers");
        match std::fs::create_dir_all(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => reason = format!("{} cannot be made: {error}", folder.display()),
        }
    }
    Err(reason)
}
