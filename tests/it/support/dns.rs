//! A DNS server whose records a test changes, and which it can let die.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::net::runtime::{Time, TokioRuntimeProvider};
use hickory_resolver::proto::rr::rdata::{A, SOA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordSet, RecordType, RrKey};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo, Server};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneHandler, ZoneType};
use tokio::net::UdpSocket;

/// The name whose records say where stores are.
pub const SERVICE: &str = "_store._tcp.larder.test";

/// Seconds that records live, where a test does not say otherwise.
const TTL: u32 = 1;

type Zone = InMemoryZoneHandler<TokioRuntimeProvider>;

/// Where a store is, and its priority and weight.
pub type Service = (SocketAddr, u16, u16);

/// The server. It ends with the runtime of the test.
pub struct Dns {
    /// Where it listens.
    pub address: SocketAddr,
    zone: Arc<Zone>,
    asked: Arc<AtomicUsize>,
    ttl: u32,
    server: Option<Server<Counting>>,
}

impl Dns {
    /// Starts it with these records.
    pub async fn start(services: &[Service]) -> Dns {
        Dns::start_with(TTL, services).await
    }

    /// Starts it with these records, which live for so many seconds.
    pub async fn start_with(ttl: u32, services: &[Service]) -> Dns {
        let origin = name("larder.test");
        let soa = SOA::new(name("ns.larder.test"), origin.clone(), 1, 60, 60, 60, ttl);
        let mut set = RecordSet::new(origin.clone(), RecordType::SOA, 0);
        set.insert(Record::from_rdata(origin.clone(), ttl, RData::SOA(soa)), 0);
        let records = BTreeMap::from([(key("larder.test", RecordType::SOA), set)]);
        let zone = Zone::new(origin, records, ZoneType::Primary, AxfrPolicy::Deny).expect("a zone");
        let mut dns = Dns {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            zone: Arc::new(zone),
            asked: Arc::default(),
            ttl,
            server: None,
        };
        dns.set(services).await;
        dns.revive().await;
        dns
    }

    /// Changes what it says about the service.
    pub async fn set(&self, services: &[Service]) {
        let ttl = self.ttl;
        let mut set = RecordSet::new(name(SERVICE), RecordType::SRV, 0);
        let mut records = self.zone.records_mut().await;
        for (address, priority, weight) in services {
            let host = format!("n{}.larder.test", address.port());
            let IpAddr::V4(ip) = address.ip() else { panic!("{address} is no address of IPv4") };
            let service = SRV::new(*priority, *weight, address.port(), name(&host));
            set.insert(Record::from_rdata(name(SERVICE), ttl, RData::SRV(service)), 0);
            let mut at = RecordSet::new(name(&host), RecordType::A, 0);
            at.insert(Record::from_rdata(name(&host), ttl, RData::A(A(ip))), 0);
            records.insert(key(&host, RecordType::A), Arc::new(at));
        }
        let key = key(SERVICE, RecordType::SRV);
        if services.is_empty() {
            records.remove(&key);
        } else {
            records.insert(key, Arc::new(set));
        }
    }

    /// How often it was asked for the service.
    pub fn questions(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until somebody has asked, and asked again after that.
    pub async fn is_asked(&self) {
        let before = self.asked.load(Ordering::SeqCst);
        while self.asked.load(Ordering::SeqCst) < before + 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends, and leaves somebody behind who takes questions and does not answer.
    pub async fn die(&mut self) -> UdpSocket {
        drop(self.server.take());
        self.bind().await
    }

    /// Answers again, at the same address.
    pub async fn revive(&mut self) {
        let socket = self.bind().await;
        self.address = socket.local_addr().expect("an address");
        let mut catalog = Catalog::new();
        let zone: Arc<dyn ZoneHandler> = Arc::<Zone>::clone(&self.zone);
        catalog.upsert(name("larder.test").into(), vec![zone]);
        let mut server = Server::new(Counting { catalog, asked: Arc::clone(&self.asked) });
        server.register_socket(socket);
        self.server = Some(server);
    }

    /// Takes the port, which may have had somebody else a moment ago.
    async fn bind(&self) -> UdpSocket {
        loop {
            match UdpSocket::bind(self.address).await {
                Ok(socket) => return socket,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).expect("a name")
}

fn key(text: &str, record_type: RecordType) -> RrKey {
    RrKey::new(name(text).into(), record_type)
}

/// Answers from a catalog, and counts who asks for the service.
struct Counting {
    catalog: Catalog,
    asked: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl RequestHandler for Counting {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        response: R,
    ) -> ResponseInfo {
        let asked = request.request_info().is_ok_and(|info| info.query.query_type() == RecordType::SRV);
        self.asked.fetch_add(usize::from(asked), Ordering::SeqCst);
        self.catalog.handle_request::<R, T>(request, response).await
    }
}
