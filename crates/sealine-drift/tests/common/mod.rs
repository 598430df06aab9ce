//! A project of its own for each test, and the programs to plan it with.

#![allow(clippy::disallowed_methods, reason = "tests start the real programs")]
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sealine_drift::project::Tool;
use sealine_drift::{Cancel, Engine as _, Programs, Project, RunReport};
use sealine_testing::Tree;
use sealine_testing::peers::peer;
use sealine_testing::terraform::Mirror;

/// A program that plans, and the settings that lead it to its providers.
pub(crate) struct Engine {
    pub(crate) tool: Tool,
    pub(crate) program: PathBuf,
    settings: PathBuf,
    _mirror: Option<Arc<Mirror>>,
}

/// The programs that are there; those with providers only where these are.
pub(crate) fn engines(providers: bool) -> Vec<Engine> {
    let mirror = if providers { sealine_testing::terraform::mirror() } else { None };
    if providers && mirror.is_none() {
        return Vec::new();
    }
    let mirror = mirror.map(Arc::new);
    let settings = mirror.as_ref().map_or(PathBuf::from("/dev/null"), |mirror| mirror.settings());
    let tools = [Tool::Terraform, Tool::OpenTofu];
    let found = tools.into_iter().filter_map(|tool| Some((tool, peer(tool.program())?)));
    let engine = |(tool, program)| Engine {
        tool,
        program,
        settings: settings.clone(),
        _mirror: mirror.clone(),
    };
    found.map(engine).collect()
}

/// A project and what it runs with.
pub(crate) struct Bench {
    pub(crate) tree: Tree,
    pub(crate) data: tempfile::TempDir,
    pub(crate) programs: Programs,
    pub(crate) project: Project,
}

impl Bench {
    pub(crate) fn new(engine: &Engine, main: &str) -> Self {
        let mut bench = Self::with_program(&engine.program, main);
        bench.project.tool = engine.tool;
        let settings = [("TF_CLI_CONFIG_FILE", engine.settings.clone())];
        bench.programs.environment.extend(settings.map(|(name, file)| (name.into(), file.into())));
        bench
    }

    pub(crate) fn with_program(program: &Path, main: &str) -> Self {
        let tree = Tree::new("");
        let data = tempfile::tempdir().expect("a folder");
        let environment: BTreeMap<OsString, OsString> = ["PATH", "HOME"]
            .into_iter()
            .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
            .collect();
        let programs = Programs {
            data: data.path().join("data"),
            temporary: vec!["/dev/shm".into(), std::env::temp_dir()],
            environment,
            guard: Vec::new(),
            run_as: None,
            grace: Duration::from_secs(5),
        };
        let project = Project {
            name: "p".to_owned(),
            folder: tree.root().to_owned(),
            repository: tree.root().to_owned(),
            program: Some(program.to_owned()),
            timeout: Some(Duration::from_mins(2)),
            confirm: true,
            ..Project::default()
        };
        let bench = Self { tree, data, programs, project };
        bench.write("main.tf", main);
        bench
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.tree.write(path, text);
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.tree.path(path)
    }

    pub(crate) fn state(&self) -> String {
        self.tree.read("terraform.tfstate")
    }

    /// Applies as a person does, with a folder of its own for what `init` prepares.
    pub(crate) fn apply(&self) {
        for words in [&["init", "-input=false"][..], &["apply", "-input=false", "-auto-approve"]] {
            let output = self.command().args(words).output().expect("a program");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.project.program.as_ref().expect("a program"));
        command.current_dir(self.tree.root()).env_clear().envs(&self.programs.environment);
        command.env("TF_DATA_DIR", self.data.path().join("own")).env("CHECKPOINT_DISABLE", "1");
        command
    }

    pub(crate) async fn run(&self) -> RunReport {
        let (_canceller, cancel) = Cancel::new();
        self.programs.run(&self.project, &cancel).await
    }

    /// Holds the lock of the state as an apply does that goes on.
    pub(crate) fn hold_lock(&self) -> Holder {
        self.write(
            "slow.tf",
            "resource \"terraform_data\" \"slow\" {\n  provisioner \"local-exec\" {\n    \
                               command = \"touch slow.begun; sleep 30\"\n  }\n}\n",
        );
        let mut command = self.command();
        command
            .args(["apply", "-input=false", "-auto-approve"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().expect("a program");
        // The lock is there before the configuration is read, so what the configuration does is waited for.
        let begun = self.path("slow.begun");
        let mut holder = Holder { child };
        while !begun.exists() {
            let ended = holder.child.try_wait().expect("a child");
            assert!(ended.is_none(), "the apply ended before it did anything: {ended:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.path(".terraform.tfstate.lock.info").exists(), "an apply holds the lock");
        for file in [begun, self.path("slow.tf")] {
            std::fs::remove_file(file).expect("removed");
        }
        holder
    }
}

/// Gives the lock back when it is dropped.
pub(crate) struct Holder {
    child: std::process::Child,
}

impl Drop for Holder {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(300));
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// No canary is in a report, in whatever form it leaves.
pub(crate) fn canaries(report: &RunReport) {
    let text = serde_json::to_string(report).expect("JSON");
    assert!(!text.contains("canary"), "{text}");
    assert!(!format!("{report:?}").contains("canary"));
}
