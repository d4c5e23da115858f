//! Wall-clock times in the four shapes that the service writes.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// `(year, month 1–12, day 1–31)` in UTC. Days to civil date after Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms".
pub fn date(ms: u64) -> (i32, u8, u8) {
    let days = ms / DAY_MS + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year as i32, month as u8, day as u8)
}

fn time_of_day(ms: u64) -> (u64, u64, u64, u64) {
    let ms = ms % DAY_MS;
    (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

/// `requestTime` of an event: `16/Mar/2025:00:46:22 +0000`.
pub fn request_time(ms: u64) -> String {
    let (year, month, day) = date(ms);
    let (hour, minute, second, _) = time_of_day(ms);
    let month = MONTHS[usize::from(month) - 1];
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// ISO 8601 as GetConnection writes it: `2020-11-15T12:23:14.726Z`.
pub fn iso(ms: u64) -> String {
    let (year, month, day) = date(ms);
    let (hour, minute, second, millis) = time_of_day(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// ISO 8601 in its basic format, as signatures carry it: `20150830T123600Z`.
pub fn iso_basic(ms: u64) -> String {
    let (year, month, day) = date(ms);
    let (hour, minute, second, _) = time_of_day(ms);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_service_writes_them() {
        assert_eq!(request_time(1_742_085_982_000), "16/Mar/2025:00:46:22 +0000");
        assert_eq!(iso(1_605_442_994_726), "2020-11-15T12:23:14.726Z");
        assert_eq!(iso_basic(1_440_938_160_999), "20150830T123600Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn leap_days_and_year_ends_are_right() {
        assert_eq!(date(951_782_400_000), (2000, 2, 29));
        assert_eq!(date(1_709_164_800_000), (2024, 2, 29));
        assert_eq!(date(1_735_689_599_999), (2024, 12, 31));
        assert_eq!(date(1_735_689_600_000), (2025, 1, 1));
    }
}
