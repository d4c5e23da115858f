//! This process and the server's, as Linux describes them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;

/// Lets this process have as many files open as the system allows it.
pub(crate) fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // Where it fails, the measurements say how many connections there were.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// How many files this process may have open; `None` where there is no limit.
pub(crate) fn file_limit() -> Option<usize> {
    getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok())
}

/// The processor time that this process has used (proc(5), `/proc/self/stat`); zero where that is not known.
pub(crate) fn own_time() -> Duration {
    let ticks = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        // The name may have spaces; what follows its bracket is field 3 and on; utime and stime are 14 and 15.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace().skip(11);
        Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
    });
    let ticks_per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_secs_f64(ticks.unwrap_or(0) as f64 / ticks_per_second as f64)
}

/// What a process holds in memory now, in bytes (proc(5), `VmRSS`).
pub(crate) fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// How many files a process may have open (proc(5), `/proc/pid/limits`).
pub(crate) fn file_limit_of(process: u32) -> Option<usize> {
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
