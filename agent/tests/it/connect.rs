//! An HTTP proxy that knows one method, CONNECT (RFC 9110, section 9.3.6), and one place to which everything leads.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Leads everybody to one server, or refuses them with this status.
    pub(crate) fn start(to: Result<SocketAddr, &'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(client, to, &seen));
            }
        });
        Self { address, heads }
    }

    /// What was asked of it.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panicked with it").clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut client: TcpStream, to: Result<SocketAddr, &str>, seen: &Mutex<Vec<String>>) {
    let Some(head) = head(&mut client) else {
        return;
    };
    seen.lock().expect("no test panicked with it").push(head);
    // Whoever goes away early is no concern of the test's.
    match to {
        Err(status) => drop(write!(
            client,
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"
        )),
        Ok(server) => {
            let server = TcpStream::connect(server).expect("the server listens");
            if client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_ok() {
                splice(client, server);
            }
        }
    }
}

fn head(client: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    String::from_utf8(head).ok()
}

fn splice(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (client.try_clone(), server.try_clone());
    let (Ok(from), Ok(to)) = (from, to) else {
        return;
    };
    std::thread::spawn(move || copy(from, to));
    copy(server, client);
}
