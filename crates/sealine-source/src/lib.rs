//! Text, positions and edits: the bottom of the workspace, which knows no domain.
//!
//! Invariant: a [`Place`] is complete in itself. It names the repository, the file, the bytes, the
//! line and the column, so that a finding can be reported, linked and stored without the text.

mod edit;
mod noted;
mod origin;
mod path;
mod place;
mod project;
pub mod stars;
mod text;

pub use edit::{Edit, EditConflict, apply_edits};
pub use origin::{Origin, OriginMap};
pub use path::{ancestors, file_name, folder_of, in_folder, is_below, is_terraform, join, upwards};
pub use place::{FileName, Place, is_among_examples, is_archived, is_sample};
pub use project::{GitData, Loader, Project, Repository, normalise_remote};
pub use text::{Source, TextRange};
