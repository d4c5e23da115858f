//! What a run does to a session: a script that is made from the seed before the run, so that a failure can
//! be told as the shortest script that still fails.

use crate::random::Random;

/// A step of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The user sends a message of so many bytes; again after a doubtful loss if `retry`.
    Send {
        /// Its size.
        bytes: usize,
        /// Whether it may go out twice.
        retry: bool,
    },
    /// The user sends a request; the backend answers it or not.
    Request {
        /// How long its sender waits.
        timeout: u64,
        /// Whether it may go out twice.
        retry: bool,
        /// Whether the backend answers it.
        answered: bool,
    },
    /// The user sends many messages at once.
    Burst {
        /// How many.
        count: u32,
        /// The size of each.
        bytes: usize,
    },
    /// The user aborts one of the last messages.
    Abort {
        /// How many were sent after it.
        back: u32,
    },
    /// The user joins a room.
    Join {
        /// Which.
        room: u32,
    },
    /// The user leaves a room.
    Leave {
        /// Which.
        room: u32,
    },
    /// The user ends the session.
    Close,
    /// From now on the user wants no other link, where the session asks about that.
    NoMore,
    /// The gateway closes every connection with a code.
    ServerCloses {
        /// The close code.
        code: u16,
    },
    /// Connections break without a close frame, and the browser notices at once.
    Reset,
    /// Connections die without anybody noticing: no byte passes any more.
    BlackHole,
    /// No byte passes for a time, then all that was held back does.
    Stall {
        /// For how long.
        time: u64,
    },
    /// The gateway refuses new connections for a time.
    Refuse {
        /// For how long.
        time: u64,
    },
    /// New connections take very long for a time.
    SlowConnect {
        /// For how long.
        time: u64,
    },
    /// The backend answers nothing for a time.
    Silence {
        /// For how long.
        time: u64,
    },
    /// The gateway reports errors instead of answers for a time.
    Errors {
        /// For how long.
        time: u64,
    },
    /// A throttle refuses messages for a time; the gateway reports it.
    Throttle {
        /// For how long.
        time: u64,
    },
    /// The API has no route for any message for a time.
    NoRoute {
        /// For how long.
        time: u64,
    },
    /// The URL of the next link is wrong for good.
    BadUrl,
    /// The URL cannot be had for a time.
    NoUrl {
        /// For how long.
        time: u64,
    },
    /// The network goes away, and the browser says so.
    Offline {
        /// Whether its connections break.
        breaks: bool,
    },
    /// The network comes back.
    Online,
    /// The page is hidden.
    Hide,
    /// The page is shown.
    Show,
    /// The page is frozen for a time.
    Freeze {
        /// For how long.
        time: u64,
    },
    /// The page goes into the back/forward cache for a time.
    Store {
        /// For how long.
        time: u64,
    },
    /// The wall clock is set forward.
    Jump {
        /// By how much.
        time: u64,
    },
    /// The machine sleeps.
    Sleep {
        /// For how long.
        time: u64,
        /// Whether its connections break.
        breaks: bool,
    },
}

/// A script: how long to wait before each action.
pub type Script = Vec<(u64, Action)>;

/// The script of a seed.
pub fn script(seed: u64) -> Script {
    let mut random = Random::new(seed, 1);
    let length = random.between(5, 60);
    let closes = random.chance(15);
    let mut script: Script = (0..length).map(|_| (random.pause(), action(&mut random))).collect();
    if closes {
        script.push((random.pause(), Action::Close));
    }
    script
}

fn action(random: &mut Random) -> Action {
    let time = random.pause();
    match random.between(0, 45) {
        0..=10 => Action::Send { bytes: size(random), retry: random.chance(25) },
        11..=15 => Action::Request {
            timeout: random.pick(&[1_000, 29_000, 29_000, 600_000]),
            retry: random.chance(40),
            answered: random.chance(80),
        },
        16 => Action::Abort { back: random.between(0, 5) as u32 },
        17 | 18 => Action::Join { room: random.between(1, 3) as u32 },
        19 => Action::Leave { room: random.between(1, 3) as u32 },
        20 | 21 => Action::ServerCloses {
            code: random.pick(&[1000, 1001, 1001, 1003, 1006, 1008, 1009, 1011, 1012, 4000]),
        },
        22 => Action::Reset,
        23 | 24 => Action::BlackHole,
        25 => Action::Stall { time },
        26 => Action::Refuse { time },
        27 => Action::SlowConnect { time },
        28 => Action::Silence { time },
        29 => Action::Errors { time },
        30 => Action::NoUrl { time },
        31 => Action::Offline { breaks: random.chance(70) },
        32 | 33 => Action::Online,
        34 | 35 => Action::Hide,
        36 | 37 => Action::Show,
        38 => Action::Freeze { time },
        39 => Action::Store { time },
        42 => Action::Throttle { time },
        43 => Action::Jump { time },
        44 => Action::Burst {
            count: random.between(2, 600) as u32,
            bytes: random.pick(&[1, 1_000, 32_000]),
        },
        45 => match random.between(0, 9) {
            0 => Action::NoRoute { time },
            1 => Action::BadUrl,
            2 => Action::NoMore,
            _ => Action::Throttle { time },
        },
        _ => Action::Sleep { time, breaks: random.chance(60) },
    }
}

fn size(random: &mut Random) -> usize {
    match random.between(0, 19) {
        0 => 32_768,
        1 => 32_769,
        2 => 0,
        _ => random.between(1, 9_000) as usize,
    }
}
