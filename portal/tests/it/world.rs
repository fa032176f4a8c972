//! One portal with a database of its own, and people with certificates.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, header},
};
use kyso_portal::{
    ambient::{Ambient, NoRandomness, System},
    config::Config,
    portal::{Portal, StartError},
    routes, ties,
};
use kyso_support::{DemoPki, Files, Role};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt as _;

pub(crate) const ORIGIN: &str = "https://quocgia.localhost:8443";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);
pub(crate) const UNIT: &str = "000.00.99.X01";

/// The certificates of this whole run, made once. What runs before this one left behind is cleared away: nothing that
/// is static is dropped.
pub(crate) fn pki() -> &'static (DemoPki, Files) {
    static MADE: OnceLock<(DemoPki, Files)> = OnceLock::new();
    MADE.get_or_init(|| {
        let all = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("portal-pki");
        clear_away(&all);
        let folder = all.join(std::process::id().to_string());
        let pki = DemoPki::new(NOW).unwrap();
        let files = pki.write(&folder, &["quocgia.localhost"]).unwrap();
        (pki, files)
    })
}

/// Removes the folders of processes that have ended.
fn clear_away(all: &Path) {
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let process = entry.file_name().into_string().ok();
        let process = process.and_then(|name| name.parse::<u32>().ok());
        let lives = process.is_some_and(|id| Path::new("/proc").join(id.to_string()).exists());
        if !lives && std::fs::remove_dir_all(entry.path()).is_err() {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

/// A clock that the test holds; randomness is the system's.
pub(crate) struct Clock(Mutex<OffsetDateTime>);

impl Ambient for Clock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        System.fill(bytes)
    }
}

/// A portal at work.
pub(crate) struct World {
    folder: TempDir,
    clock: Arc<Clock>,
    trust: PathBuf,
    more: String,
    portal: Arc<Portal>,
    router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With more lines in the configuration.
    pub(crate) async fn with(more: &str) -> Self {
        Self::trusting(&pki().1.trust_file, more).await
    }

    /// With a trust file of the test's own.
    pub(crate) async fn trusting(trust: &Path, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let units = format!(
            "code,name,governing unit,address\n{UNIT},Sở Mẫu,UBND tỉnh Mẫu,\"1, phố Mẫu\"\n"
        );
        std::fs::write(folder.path().join("units.csv"), units).unwrap();
        let clock = Arc::new(Clock(Mutex::new(NOW)));
        let portal = open(&folder, trust, more, &clock).await.unwrap();
        let router = routes::router(Arc::clone(&portal));
        let world = Self {
            folder,
            clock,
            trust: trust.to_owned(),
            more: more.to_owned(),
            portal,
            router,
        };
        let (pki, _) = pki();
        let agency = pki.subject(Role::Agency).certificate.der();
        let agency = kyso_certs::Certificate::from_der(agency).unwrap();
        ties::tie(&world.portal, &agency, UNIT).await.unwrap();
        world
    }

    /// The same database under a new process: nothing in memory survives.
    pub(crate) async fn restart(&mut self) {
        self.reopen().await.unwrap();
    }

    /// As [`World::restart`]; where the new process doesn't come up, the old one goes on.
    pub(crate) async fn reopen(&mut self) -> Result<(), StartError> {
        self.portal = open(&self.folder, &self.trust, &self.more, &self.clock).await?;
        self.router = routes::router(Arc::clone(&self.portal));
        Ok(())
    }

    pub(crate) fn later(&self, by: Duration) {
        *self.clock.0.lock().unwrap() += by;
    }

    pub(crate) fn portal(&self) -> &Arc<Portal> {
        &self.portal
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("portal.sqlite")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Bytes> {
        self.send_from(Ipv4Addr::new(192, 0, 2, 7), request).await
    }

    /// Over a connection from that address.
    pub(crate) async fn send_from(
        &self,
        peer: Ipv4Addr,
        mut request: Request<Body>,
    ) -> Response<Bytes> {
        let address = SocketAddr::from((peer, 40_000));
        request.extensions_mut().insert(ConnectInfo(address));
        let host = HeaderValue::from_static("quocgia.localhost:8443");
        request.headers_mut().entry(header::HOST).or_insert(host);
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        Response::from_parts(head, to_bytes(body, 1 << 20).await.unwrap())
    }

    pub(crate) async fn pool(&self) -> sqlx::SqlitePool {
        sqlx::SqlitePool::connect(&format!("sqlite:{}", self.database().display()))
            .await
            .unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let pool = self.pool().await;
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
    }
}

async fn open(
    folder: &TempDir,
    trust: &Path,
    more: &str,
    clock: &Arc<Clock>,
) -> Result<Arc<Portal>, StartError> {
    let (_, files) = pki();
    // The addresses in these certificates lead nowhere.
    let revocation = if more.contains("revocation = ") {
        ""
    } else {
        "revocation = 'if-given'\n"
    };
    let trust = if more.contains("trust-bundle = ") {
        String::new()
    } else {
        format!("trust = '{}'\n", trust.display())
    };
    let text = format!(
        "origin = '{ORIGIN}'\nlisten = '127.0.0.1:8443'\ntls-certificate = '{}'\ntls-key = '{}'\n\
         database = 'portal.sqlite'\n{trust}units = 'units.csv'\n\
         asks-per-minute = 1000\nanswers-per-minute = 1000\n{revocation}{more}",
        files.tls_chain.display(),
        files.tls_key.display(),
    );
    let config = Config::from_text(&text, "test", folder.path(), |_| None).unwrap();
    let ambient: Arc<dyn Ambient> = Arc::clone(clock) as Arc<dyn Ambient>;
    Portal::open(config, ambient).await.map(Arc::new)
}
