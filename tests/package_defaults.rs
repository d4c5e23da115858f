//! The npm package knows the defaults itself, so that no code in its wasm has to. Here they are held beside the core's.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use gatesocket::Settings;

const OPTIONS: &str = include_str!("../pkg-template/src/options.ts");

/// What `SETTINGS` in `options.ts` says: names with their numbers.
fn written() -> BTreeMap<&'static str, u64> {
    let (_, rest) = OPTIONS.split_once("const SETTINGS =").expect("the list of settings");
    let (list, _) = rest.split_once("\n\n").expect("its end");
    let pairs = list.split(['\'', ' ', '+', '\n']).filter_map(|part| part.split_once(':'));
    pairs.map(|(name, number)| (name, number.parse().expect("a number"))).collect()
}

#[test]
fn the_package_has_the_defaults_of_the_core() {
    let settings = Settings::default();
    let identify = settings.identify.as_ref().expect("a question");
    let rotation = settings.rotation.as_ref().expect("a rotation");
    let (outbox, reconnect) = (&settings.outbox, &settings.reconnect);
    let defaults = [
        ("connectTimeout", settings.connect_timeout),
        ("heartbeat", settings.heartbeat.unwrap_or(0)),
        ("probe.timeout", settings.probe_timeout),
        ("probe.quiet", settings.probe_quiet),
        ("whenHidden.closeAfter", settings.hidden_close_after.unwrap_or(0)),
        ("requestTimeout", settings.request_timeout),
        ("frameLimit", settings.frame_limit.unwrap_or(0) as u64),
        ("userTiming", settings.user_timing.into()),
        ("trace.entries", settings.trace.entries as u64),
        ("trace.messages", settings.trace.messages.into()),
        ("outbox.messages", outbox.messages as u64),
        ("outbox.bytes", outbox.bytes as u64),
        ("outbox.dropOldest", outbox.drop_oldest.into()),
        ("outbox.timeToLive", outbox.time_to_live.unwrap_or(0)),
        ("reconnect.baseDelay", reconnect.base),
        ("reconnect.maxDelay", reconnect.longest),
        ("reconnect.maxAttempts", reconnect.max_attempts.unwrap_or(0).into()),
        ("reconnect.minUptime", reconnect.min_uptime),
        ("identify.timeout", identify.timeout),
        ("identify.attempts", identify.attempts.into()),
        ("rotation.age", rotation.age),
        ("rotation.spread", rotation.spread),
        ("rotation.drain", rotation.drain),
        ("rotation.lifetime", rotation.lifetime),
    ];
    assert_eq!(written(), defaults.into());
    assert!(include_str!("../pkg-template/src/driver.ts").contains(&identify.action));
}

/// The numbers of what is off there.
#[test]
fn the_generic_profile_of_the_package_switches_off_what_that_of_the_core_does() {
    let generic = Settings::generic();
    let off = Settings {
        identify: None,
        heartbeat: None,
        rotation: None,
        frame_limit: None,
        ..Settings::default()
    };
    assert_eq!(generic, off);
    let expected = "const GENERIC = { identify: { attempts: 0 }, heartbeat: 0, rotation: { age: 0 }, frameLimit: 0, binary: true }";
    assert!(OPTIONS.contains(expected));
}

/// By its version the package knows its core.
#[test]
fn the_package_has_the_version_of_the_core() {
    let package = include_str!("../pkg-template/package.json");
    assert!(package.contains(concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"")));
}
