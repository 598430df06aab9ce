//! Paths inside a repository, with `/` between their parts; the top is the empty one.
//!
//! Invariant: a path is a text; whether something lies there is asked elsewhere.

/// Returns `folder` joined with the relative `path`, with `.` and `..` resolved; `None` when the
/// result would leave the repository or `path` is absolute.
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns whether a file is one of Terraform or `OpenTofu` in their own language.
pub fn is_terraform(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "tf" | "tofu")))
}

/// Returns whether a path is this folder or lies below it; everything lies below the top.
pub fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the path of what has this name in a folder; without a name, what all paths below the folder
/// begin with.
pub fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Returns the folder that a path lies in.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns the last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns the folders above a path, the nearest first, the top last.
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    upwards(folder_of(path))
}

/// Returns a folder and those above it, the top last.
pub fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |below| (!below.is_empty()).then(|| folder_of(below)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_inside_the_repository_only() {
        assert_eq!(join("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join("a", "./x//y").as_deref(), Some("a/x/y"));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(join("a", "/etc"), None);
    }

    #[test]
    fn what_only_begins_like_a_folder_is_not_below_it() {
        for (path, folder, expected) in [
            ("a/b", "a", true),
            ("a", "a", true),
            ("a", "", true),
            ("ab", "a", false),
            ("a", "a/b", false),
        ] {
            assert_eq!(is_below(path, folder), expected, "{path} {folder}");
        }
    }

    #[test]
    fn a_path_has_a_name_and_lies_in_folders() {
        assert_eq!((folder_of("a/b/c"), file_name("a/b/c")), ("a/b", "c"));
        assert_eq!((folder_of("c"), file_name("c")), ("", "c"));
        assert_eq!((in_folder("a", "b"), in_folder("", "b")), ("a/b".to_owned(), "b".to_owned()));
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(ancestors("c").collect::<Vec<_>>(), [""]);
    }
}
