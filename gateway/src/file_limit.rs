//! How many files, and so how many connections, this process may have open.

/// Raises the soft limit to the hard one (getrlimit(2), `RLIMIT_NOFILE`): a shell's usual 1,024 would end at about a
/// thousand connections. Handler processes inherit it. Where it cannot be raised, it stays.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub fn raise() {}
