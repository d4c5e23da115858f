//! The demo page in `www`: a React app that installs the packed npm package as a user would.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::fingerprint::unless_fresh;
use crate::process::{Service, Step};
use crate::{node, package, project};

/// Builds the page with the package as it is now.
pub(crate) fn build() -> Result<()> {
    let tarball = package::pack()?;
    node::install("www", "React and Vite for the page", "about 15 seconds")?;
    let www = project::path("www");
    node::install_tarball(&www, &tarball)?;
    unless_fresh("page", &[www.clone(), tarball], &[www.join("dist/index.html")], || {
        Step::new("Building the page", "", node::npm(&www, &["run", "build"])).run()
    })
}

/// Installs what drives the browsers.
pub(crate) fn install_drivers() -> Result<()> {
    node::install("tests/page", "which drive the browsers", "about 5 seconds")
}

/// The built page, served on this machine.
pub(crate) struct Server {
    pub(crate) service: Service,
    /// Its address, which ends with a slash.
    pub(crate) address: String,
}

/// Serves the built page on port 5173, or on a free one if that is taken.
pub(crate) fn serve() -> Result<Server> {
    let port = free_port(5173)?;
    let mut vite = Command::new(node::bin("www").join("vite"));
    vite.args(["preview", "--host", "localhost", "--strictPort", "--port", &port.to_string()])
        .current_dir(project::path("www"))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut service = Service::start("the page's server", &mut vite)?;
    service.wait_for(|| TcpStream::connect(("localhost", port)).ok())?;
    Ok(Server { service, address: format!("http://localhost:{port}/") })
}

/// `wanted`, or any free port if something listens there already.
pub(crate) fn free_port(wanted: u16) -> Result<u16> {
    let taken = TcpListener::bind(("127.0.0.1", wanted)).is_err()
        || TcpStream::connect(("localhost", wanted)).is_ok();
    if !taken {
        return Ok(wanted);
    }
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    eprintln!("  port {wanted} is taken; {port} is used instead");
    Ok(port)
}
