//! `GET /_gateway`: the page, whole and with nothing from elsewhere.

use super::Reply;
use crate::ids;
use hyper::StatusCode;

const HTML: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPTS: [&str; 6] = [
    include_str!("page/elements.js"),
    include_str!("page/api.js"),
    include_str!("page/overview.js"),
    include_str!("page/connections.js"),
    include_str!("page/records.js"),
    include_str!("page/faults.js"),
];

/// The page under a policy that lets it run its own script and talk to this gateway, and nothing else.
pub(super) fn reply() -> Reply {
    let nonce = ids::hex(&rand::random::<[u8; 16]>());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let html = HTML
        .replace("{nonce}", &nonce)
        .replace("{style}", STYLE)
        .replace("{script}", &SCRIPTS.concat());
    Reply::new(StatusCode::OK, "text/html; charset=utf-8", html)
        .with("content-security-policy", &policy)
}
