//! Keeps values that are in memory out of core files.
//!
//! Invariant: from the first line of `main` on neither this process nor a program that it starts leaves
//! a core file, and nobody but root may look into its memory. What the system hands to a program
//! (`core_pattern` with a `|`) it hands over for a program that we start, too, and not for us.

/// Forbids core files, here and in whatever is started from here, and looking into this process.
pub(crate) fn forbid() {
    // Less is always allowed. Where the system has no such limit there is nothing to be done.
    #[cfg(unix)]
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
    // It goes with the program: whatever is started has to say so itself.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}
