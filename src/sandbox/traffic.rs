//! What arrived: every request counted by service, method and route, so that tests can assert on it.

use super::{Clock, lock};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// One of the two services.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Addigy, API v2.
    Addigy,
    /// IT Glue.
    ItGlue,
}

/// So many arrivals are kept with their times; older ones count in the totals only.
const KEPT: usize = 100_000;

/// The requests that arrived at both services.
#[derive(Debug)]
pub struct Traffic {
    clock: Clock,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    totals: BTreeMap<(Service, String, String), u64>,
    keyed: BTreeMap<Service, u64>,
    arrivals: VecDeque<(Timestamp, Service)>,
    under_way: BTreeMap<Service, u64>,
    most_under_way: BTreeMap<Service, u64>,
}

/// How often a method was used on a route.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RouteCount {
    /// The service.
    pub service: Service,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with every id replaced by `:id`, without the query.
    pub route: String,
    /// How many requests.
    pub requests: u64,
}

/// All counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// By route.
    pub routes: Vec<RouteCount>,
    /// Requests to Addigy.
    pub addigy: u64,
    /// Requests to IT Glue.
    pub itglue: u64,
    /// Requests to IT Glue with any method but GET.
    pub itglue_writes: u64,
    /// Requests to Addigy that carried a key or token of any kind.
    pub addigy_keyed: u64,
    /// Requests to IT Glue that carried a key of any kind.
    pub itglue_keyed: u64,
}

impl Traffic {
    /// Starts counting at nought.
    pub fn new(clock: Clock) -> Self {
        Self { clock, log: Mutex::default() }
    }

    /// Counts a request; the guard counts it out again.
    pub(super) fn arrived(
        self: &Arc<Self>,
        service: Service,
        method: &str,
        path: &str,
        keyed: bool,
    ) -> UnderWay {
        let now = self.clock.now();
        let mut log = lock(&self.log);
        *log.totals.entry((service, method.to_owned(), route_of(path))).or_default() += 1;
        *log.keyed.entry(service).or_default() += u64::from(keyed);
        log.arrivals.push_back((now, service));
        if log.arrivals.len() > KEPT {
            log.arrivals.pop_front();
        }
        let under_way = log.under_way.entry(service).or_default();
        *under_way += 1;
        let under_way = *under_way;
        let most = log.most_under_way.entry(service).or_default();
        *most = (*most).max(under_way);
        UnderWay { traffic: Arc::clone(self), service }
    }

    /// Requests to a service.
    pub fn requests(&self, service: Service) -> u64 {
        self.sum(|(at, _, _)| *at == service)
    }

    /// Requests to IT Glue with any method but GET.
    pub fn itglue_writes(&self) -> u64 {
        self.sum(|(at, method, _)| *at == Service::ItGlue && method != "GET")
    }

    /// Requests to IT Glue with the method GET.
    pub fn itglue_reads(&self) -> u64 {
        self.sum(|(at, method, _)| *at == Service::ItGlue && method == "GET")
    }

    /// Requests with this method on this route (ids spelled `:id`, e.g. `/configurations/:id`).
    pub fn count(&self, service: Service, method: &str, route: &str) -> u64 {
        self.sum(|(at, used, on)| *at == service && used == method && on == route)
    }

    /// Requests that carried a key or token of any kind; the key itself is not kept.
    pub fn keyed(&self, service: Service) -> u64 {
        lock(&self.log).keyed.get(&service).copied().unwrap_or_default()
    }

    /// The most requests of a service under way at one moment.
    pub fn most_under_way(&self, service: Service) -> u64 {
        lock(&self.log).most_under_way.get(&service).copied().unwrap_or_default()
    }

    /// The most requests that arrived at a service within any window of so many seconds.
    pub fn busiest(&self, service: Service, seconds: i64) -> usize {
        let window = SignedDuration::from_secs(seconds);
        let mut inside: VecDeque<Timestamp> = VecDeque::new();
        let mut most = 0;
        for (at, _) in lock(&self.log).arrivals.iter().filter(|(_, of)| *of == service) {
            inside.push_back(*at);
            while inside.front().is_some_and(|first| at.duration_since(*first) >= window) {
                inside.pop_front();
            }
            most = most.max(inside.len());
        }
        most
    }

    /// All counters.
    pub fn counters(&self) -> Counters {
        let routes: Vec<RouteCount> = lock(&self.log)
            .totals
            .iter()
            .map(|((service, method, route), requests)| RouteCount {
                service: *service,
                method: method.clone(),
                route: route.clone(),
                requests: *requests,
            })
            .collect();
        Counters {
            routes,
            addigy: self.requests(Service::Addigy),
            itglue: self.requests(Service::ItGlue),
            itglue_writes: self.itglue_writes(),
            addigy_keyed: self.keyed(Service::Addigy),
            itglue_keyed: self.keyed(Service::ItGlue),
        }
    }

    /// Sets every counter to nought; requests under way stay counted as such.
    pub fn clear(&self) {
        let mut log = lock(&self.log);
        let under_way = std::mem::take(&mut log.under_way);
        *log = Log { most_under_way: under_way.clone(), under_way, ..Log::default() };
    }

    fn sum(&self, wanted: impl Fn(&(Service, String, String)) -> bool) -> u64 {
        let log = lock(&self.log);
        log.totals.iter().filter(|(key, _)| wanted(key)).map(|(_, requests)| requests).sum()
    }
}

/// A request that has not been answered yet.
pub(super) struct UnderWay {
    traffic: Arc<Traffic>,
    service: Service,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(number) = lock(&self.traffic.log).under_way.get_mut(&self.service) {
            *number = number.saturating_sub(1);
        }
    }
}

/// The path with every id replaced, so that requests of one kind count together.
fn route_of(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').map(|part| if is_id(part) { ":id" } else { part }).collect();
    parts.join("/")
}

/// Numbers (IT Glue) and hexadecimal ids with or without hyphens (Addigy).
fn is_id(part: &str) -> bool {
    let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let long = part.len() >= 20 && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    number || long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_vanish_from_routes() {
        assert_eq!(
            route_of("/organizations/1024/relationships/configurations"),
            "/organizations/:id/relationships/configurations"
        );
        assert_eq!(
            route_of("/api/v2/o/b9a1c3d4-0000-4000-8000-1234567890ab/facts"),
            "/api/v2/o/:id/facts"
        );
        assert_eq!(route_of("/configuration_statuses"), "/configuration_statuses");
    }

    #[test]
    fn the_busiest_window_is_a_sliding_one() {
        let clock = Clock::default();
        let traffic = Arc::new(Traffic::new(clock.clone()));
        let arrive = |times| {
            for _ in 0..times {
                drop(traffic.arrived(Service::ItGlue, "GET", "/configurations", true));
            }
        };
        arrive(3);
        clock.advance(30);
        arrive(4);
        clock.advance(40);
        arrive(2);
        assert_eq!(traffic.busiest(Service::ItGlue, 60), 7);
        assert_eq!(traffic.busiest(Service::ItGlue, 10), 4);
        assert_eq!(traffic.busiest(Service::Addigy, 60), 0);
        assert_eq!(traffic.keyed(Service::ItGlue), 9);
    }

    #[test]
    fn writes_are_told_from_reads_and_cleared() {
        let traffic = Arc::new(Traffic::new(Clock::default()));
        let first = traffic.arrived(Service::ItGlue, "PATCH", "/configurations", false);
        let second = traffic.arrived(Service::ItGlue, "GET", "/configurations/7", false);
        assert_eq!((traffic.itglue_writes(), traffic.itglue_reads()), (1, 1));
        assert_eq!(traffic.count(Service::ItGlue, "GET", "/configurations/:id"), 1);
        assert_eq!(traffic.most_under_way(Service::ItGlue), 2);
        drop(first);
        traffic.clear();
        assert_eq!(traffic.requests(Service::ItGlue), 0);
        assert_eq!(traffic.most_under_way(Service::ItGlue), 1);
        drop(second);
    }
}
