//! Where a target lies on the disk: inside its repository, with whatever links lead there.
//!
//! Invariant: no path that is returned leads out of the repository, or into its `.git`.

use std::path::{Component, Path, PathBuf};

use crate::Fault;

/// A target file on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The repository's folder; where there is none, that of the nearest `.sops.yaml`, else that of the file.
    pub root: PathBuf,
    /// The file, links resolved. It may be absent.
    pub file: PathBuf,
    /// The file below [`Self::root`], with `/`.
    pub path: String,
    /// Whether the root is a git work tree.
    pub is_repository: bool,
}

/// Finds where the target `file` lies.
///
/// # Errors
///
/// When it lies outside of its repository, in `.git`, or its name is not UTF-8.
pub fn locate(file: &Path) -> Result<Place, Fault> {
    let shown = file.display().to_string();
    let whole = lexical(file).map_err(|error| Fault::Read { file: shown.clone(), error })?;
    let nearest = |name: &str| whole.ancestors().skip(1).find(|folder| folder.join(name).exists());
    let repository = nearest(".git");
    let named = repository.or_else(|| nearest(".sops.yaml")).or(whole.parent());
    let named = named.unwrap_or(Path::new("/"));
    let root = existing(named).map_err(|error| Fault::Read { file: shown.clone(), error })?;
    let resolved = existing(&whole).map_err(|error| Fault::Read { file: shown.clone(), error })?;
    let Ok(below) = resolved.strip_prefix(&root) else {
        return Err(Fault::Outside { file: shown });
    };
    let path = below.to_str().ok_or(Fault::Outside { file: shown.clone() })?.replace('\\', "/");
    if path.is_empty() || path.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(Fault::Outside { file: shown });
    }
    Ok(Place { root, file: resolved, path, is_repository: repository.is_some() })
}

/// The absolute path without `.` and `..`, links left as they are.
fn lexical(path: &Path) -> std::io::Result<PathBuf> {
    let mut out = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    Ok(out)
}

/// The path with the links of its existing part resolved. A link that leads nowhere is refused:
/// what is behind it is not known.
fn existing(path: &Path) -> std::io::Result<PathBuf> {
    let mut missing = Vec::new();
    let mut rest = path;
    loop {
        match rest.symlink_metadata() {
            Ok(_) => break,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let (Some(name), Some(parent)) = (rest.file_name(), rest.parent()) else { break };
        missing.push(name);
        rest = parent;
    }
    let mut out = rest.canonicalize()?;
    out.extend(missing.iter().rev());
    Ok(out)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use sealine_testing::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_may_not_lead_out() {
        let tree = Tree::new("//- repo/.git/HEAD\n//- repo/a/values.yaml\nx: 1\n//- out/b.yaml\n");
        symlink(tree.path("out"), tree.path("repo/away")).unwrap();
        symlink("a/values.yaml", tree.path("repo/inside.yaml")).unwrap();
        symlink(tree.path("nowhere.yaml"), tree.path("repo/dangling.yaml")).unwrap();
        let at = |path: &str| locate(&tree.path(path));
        let found = at("repo/a/../a/new/deep.yaml").unwrap();
        assert_eq!(found.path, "a/new/deep.yaml");
        assert!(found.is_repository);
        assert_eq!(at("repo/inside.yaml").unwrap().path, "a/values.yaml");
        assert!(matches!(at("repo/away/b.yaml"), Err(Fault::Outside { .. })));
        assert!(matches!(at("repo/.git/config"), Err(Fault::Outside { .. })));
        assert!(matches!(at("repo/dangling.yaml"), Err(Fault::Read { .. })));
        assert!(!at("out/b.yaml").unwrap().is_repository);
        assert_eq!(at("out/b.yaml").unwrap().path, "b.yaml");
        tree.write(".sops.yaml", "creation_rules: []\n");
        assert_eq!(at("out/b.yaml").unwrap().path, "out/b.yaml");
    }
}
