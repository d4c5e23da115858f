//! Networks, as the values of `IpAddress` name them (RFC 4632, section 3.1).

use std::net::IpAddr;

/// Whether an address is in a network in CIDR notation or is the one that stands there; `None` where either is
/// no such thing.
pub(super) fn contains(network: &str, address: &str) -> Option<bool> {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u32>().ok()?)),
        None => (network, None),
    };
    let (address, base): (IpAddr, IpAddr) = (address.parse().ok()?, base.parse().ok()?);
    // The number of an address in its highest bits, and how many it has.
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((address, width), (base, base_width)) = (bits(address), bits(base));
    let length = length.unwrap_or(base_width);
    if length > base_width {
        return None;
    }
    // A shift by all bits, for /0, is no shift in Rust.
    let differing = (address ^ base).checked_shr(128 - length).unwrap_or(0);
    Some(width == base_width && differing == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses_of_their_own_kind() {
        for (address, network, expected) in [
            ("203.0.113.9", "203.0.113.0/24", Some(true)),
            ("203.0.114.9", "203.0.113.0/24", Some(false)),
            ("2001:db8::1", "2001:db8::/32", Some(true)),
            ("::1", "0.0.0.0/0", Some(false)),
            ("0.0.0.1", "::/0", Some(false)),
            ("10.0.0.1", "10.0.0.0/33", None),
            ("10.0.0.1", "10.0.0/8", None),
        ] {
            assert_eq!(contains(network, address), expected, "{address} {network}");
        }
    }
}
