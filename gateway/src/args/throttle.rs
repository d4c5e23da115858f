//! How the command line writes a token bucket.

use crate::api;

/// A token bucket, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle(pub Option<api::Throttle>);

/// A route's token bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteThrottle {
    /// The route key.
    pub route_key: String,
    /// Its limit.
    pub throttle: api::Throttle,
}

const FORM: &str = "write RATE or RATE:BURST in requests per second, such as 500:500, or off";

impl std::str::FromStr for Throttle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" { Ok(Self(None)) } else { bucket(text).map(|bucket| Self(Some(bucket))) }
    }
}

impl std::fmt::Display for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(api::Throttle { rate, burst }) => write!(f, "{rate}:{burst}"),
            None => f.write_str("off"),
        }
    }
}

impl std::str::FromStr for RouteThrottle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (route_key, throttle) = text.rsplit_once('=').ok_or_else(|| {
            "write KEY=RATE or KEY=RATE:BURST, such as sendMessage=10:20".to_owned()
        })?;
        Ok(Self { route_key: route_key.to_owned(), throttle: bucket(throttle)? })
    }
}

/// `RATE:BURST`, or `RATE` with a burst of one second's requests.
fn bucket(text: &str) -> Result<api::Throttle, String> {
    let (rate, burst) = match text.split_once(':') {
        Some((rate, burst)) => (rate, Some(burst)),
        None => (text, None),
    };
    let rate: f64 = rate.parse().map_err(|_| FORM.to_owned())?;
    if !(0.0..=1e9).contains(&rate) {
        return Err(FORM.to_owned());
    }
    let burst = match burst {
        Some(burst) => burst.parse().map_err(|_| FORM.to_owned())?,
        None => rate.ceil().max(1.0) as u32,
    };
    Ok(api::Throttle { rate, burst })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_is_written_as_rate_and_burst() {
        let with = |rate, burst| Ok(Throttle(Some(api::Throttle { rate, burst })));
        assert_eq!("500:500".parse(), with(500.0, 500));
        assert_eq!("2.5".parse(), with(2.5, 3));
        assert_eq!("0".parse(), with(0.0, 1));
        assert_eq!("off".parse(), Ok(Throttle(None)));
        for text in ["", "x", "-1", "NaN", "inf", "1:", "1:-1", "1:2.5", "1:2:3", "1e10", "Off"] {
            assert_eq!(text.parse::<Throttle>(), Err(FORM.to_owned()), "{text}");
        }
        assert_eq!("7:9".parse::<Throttle>().unwrap().to_string(), "7:9");
    }

    #[test]
    fn a_route_throttle_names_its_route() {
        let parsed: RouteThrottle = "a=b=10:20".parse().unwrap();
        assert_eq!((parsed.route_key.as_str(), parsed.throttle.burst), ("a=b", 20));
        assert!("10".parse::<RouteThrottle>().is_err());
        assert!("a=off".parse::<RouteThrottle>().is_err());
    }
}
