//! Where the demonstration's CAs publish evidence of revocation: an OCSP responder and a web server for lists, both
//! programs that are not our own code (`openssl ocsp`, busybox's `httpd`).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result};
use time::{Duration, OffsetDateTime};

use crate::daemon::{Daemon, PATIENCE, until};
use crate::demo::{DemoPki, Published, Role};
use crate::ocsp::OcspResponder;

/// Both servers of one PKI. The public CA has a responder and lists, the government's CA has lists only.
pub struct Publisher {
    ocsp: SocketAddr,
    crls: SocketAddr,
    /// Kept until the servers take the ports over.
    reserved: Vec<TcpListener>,
    folder: PathBuf,
    responder: Option<Daemon>,
    lists: Option<Daemon>,
}

impl Publisher {
    /// Two ports of 127.0.0.1, nothing running yet. `folder` is where the servers' files will lie.
    ///
    /// # Errors
    /// If the system gives no ports.
    pub fn at(folder: &Path) -> Result<Self> {
        let (ocsp, crls) = (reserve()?, reserve()?);
        Ok(Self {
            ocsp: ocsp.local_addr()?,
            crls: crls.local_addr()?,
            reserved: vec![ocsp, crls],
            folder: folder.to_owned(),
            responder: None,
            lists: None,
        })
    }

    /// What certificates say of where evidence is.
    #[must_use]
    pub fn addresses(&self) -> Published {
        Published {
            ocsp: Some(format!("http://{}", self.ocsp)),
            lists: format!("http://{}", self.crls),
        }
    }

    /// Starts both; whoever is on the public CA's list is known to the responder as revoked.
    ///
    /// # Errors
    /// If `openssl` or `busybox` are missing.
    pub fn start(&mut self, pki: &DemoPki) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.reserved.clear();
        self.know(pki, &[Role::Revoked])?;
        self.publish(pki, &[Role::Revoked])?;
        let mut httpd = Command::new("busybox");
        httpd
            .args(["httpd", "-f", "-p", &self.crls.to_string(), "-h"])
            .arg(&self.folder);
        self.lists = Some(Daemon::start(&mut httpd)?);
        self.responder = Some(responder(pki)?.serve(self.ocsp.port(), &self.folder)?);
        for address in [self.ocsp, self.crls] {
            until("the servers of evidence", || knock(address).is_ok())?;
        }
        Ok(())
    }

    /// The responder says from now on that these were revoked, and everybody else of the public CA is good.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn know(&self, pki: &DemoPki, revoked: &[Role]) -> Result<()> {
        let mut known = responder(pki)?;
        for subject in pki.subjects() {
            known = if revoked.contains(&subject.role) {
                let since = OffsetDateTime::now_utc() - Duration::minutes(1);
                known.revoked(&subject.certificate, since, "keyCompromise")?
            } else {
                known.good(&subject.certificate)
            };
        }
        known.write_index(&self.folder)?;
        // The program looks at its file before it waits for the next connection, so it must be woken once.
        drop(knock(self.ocsp));
        Ok(())
    }

    /// The public CA's list names these from now on; the other CAs' lists are empty.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn publish(&self, pki: &DemoPki, revoked: &[Role]) -> Result<()> {
        let [national, government] = pki.root_crls()?;
        let lists = [
            ("public-ca.crl", pki.public_crl_with(revoked)?),
            ("government-ca.crl", pki.government_crl()?),
            ("national-root.crl", national),
            ("government-root.crl", government),
        ];
        for (name, list) in lists {
            fs::write(self.folder.join(name), list.der())?;
        }
        Ok(())
    }

    /// The public CA's list is not there any more.
    ///
    /// # Errors
    /// If it wasn't there.
    pub fn withdraw_the_list(&self) -> Result<()> {
        Ok(fs::remove_file(self.folder.join("public-ca.crl"))?)
    }

    /// The responder is down.
    pub fn stop_responder(&mut self) {
        self.responder = None;
    }

    /// Nothing is published any more.
    pub fn stop(&mut self) {
        self.responder = None;
        self.lists = None;
    }
}

/// A port below those that the system gives to outgoing connections: whoever knocks at a closed one of these again and
/// again will one day be connected to himself.
fn reserve() -> Result<TcpListener> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1000)? * 10;
    (0..10_000)
        .find_map(|_| {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let port = 20_000 + (first.wrapping_add(step)) % 10_000;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
        })
        .context("a free port between 20000 and 30000")
}

/// A whole request: the responder never ends waiting for the rest of one that was broken off.
fn knock(address: SocketAddr) -> std::io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    connection.read_to_end(&mut Vec::new()).map(drop)
}

fn responder(pki: &DemoPki) -> Result<OcspResponder> {
    let ca = &pki.public_ca;
    OcspResponder::new(ca, ca.certificate(), ca.key()).context("the public CA's responder")
}
