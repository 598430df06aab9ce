//! The folder in which a command runs, as a path of the repository.

use sealine_source::{is_below, join};

use crate::scope::{Scope, WORKSPACE};

/// The longest path that is followed; systems refuse longer ones.
const LONGEST: usize = 4096;

/// Where a script is: all folders it may be in, or unknown.
pub(crate) type Folders = Option<Vec<String>>;

/// Into which folder of the workspace the repository and others are checked out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkout {
    /// The folder of the repository itself.
    pub(crate) own: String,
    /// The folders of other repositories.
    pub(crate) others: Vec<String>,
}

impl Checkout {
    /// Returns the path in the repository for one in the workspace.
    pub(crate) fn in_repository(&self, path: &str) -> Option<String> {
        if self.others.iter().any(|other| is_below(path, other)) {
            return None;
        }
        if self.own.is_empty() {
            return Some(path.to_owned());
        }
        let inside = is_below(path, &self.own).then(|| path.strip_prefix(self.own.as_str()));
        Some(inside??.trim_start_matches('/').to_owned())
    }
}

/// Returns the folders that `text` names, seen from `base`; both are paths of the workspace.
pub(crate) fn enter(base: &Folders, text: &str, scope: &Scope) -> Folders {
    let targets = scope.expand(text)?;
    let mut found = Vec::new();
    for base in base.as_ref()? {
        for target in &targets {
            let path = match target.strip_prefix(WORKSPACE) {
                Some(inside) if inside.is_empty() || inside.starts_with('/') => {
                    join("", inside.trim_start_matches('/'))?
                }
                _ => join(base, target)?,
            };
            if path.len() > LONGEST {
                return None;
            }
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    (found.len() <= 64).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_entered_from_where_the_script_is() {
        let scope = Scope::default();
        let base = Some(vec!["a".to_owned()]);
        let shown = |text| enter(&base, text, &scope).map(|found| found.join(" "));
        assert_eq!(shown("../b").as_deref(), Some("b"));
        assert_eq!(shown("$GITHUB_WORKSPACE/c").as_deref(), Some("c"));
        assert_eq!(shown("/tmp"), None);
        assert_eq!(shown("$UNKNOWN"), None);
        assert_eq!(enter(&None, "b", &scope), None);
    }

    #[test]
    fn a_checkout_below_the_workspace_is_left_out() {
        let checkout = Checkout { own: "src".to_owned(), others: vec!["src/other".to_owned()] };
        assert_eq!(checkout.in_repository("src/infra").as_deref(), Some("infra"));
        assert_eq!(checkout.in_repository("src").as_deref(), Some(""));
        assert_eq!(checkout.in_repository("srcs"), None);
        assert_eq!(checkout.in_repository("src/other/x"), None);
    }
}
