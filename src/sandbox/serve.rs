//! Starting and stopping the sandbox.

use super::addigy::{self, Addigy};
use super::control::{self, Control};
use super::faults::{self, Faults, Gate};
use super::fleet::{Fleet, Shape};
use super::itglue::{self, ItGlue};
use super::line::{Lines, Peer};
use super::settings;
use super::traffic::{Service, Traffic};
use super::{Clock, Switches};
use axum::{Router, middleware};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How large the made-up fleet is, where it listens and how it behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addigy policies.
    pub policies: usize,
    /// Addigy devices.
    pub devices: usize,
    /// IT Glue organizations.
    pub organizations: usize,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Whether a few per cent of the fleet are troublesome and part of the configurations drifted.
    pub troubles: bool,
    /// The fleet of `bindery demo` in the place of one of these sizes.
    pub demo: bool,
    /// The port of Addigy on 127.0.0.1; 0 for any.
    pub port_addigy: u16,
    /// The port of IT Glue on 127.0.0.1; 0 for any.
    pub port_itglue: u16,
    /// How both services behave.
    pub switches: Switches,
    /// The token that Addigy takes.
    pub token: String,
    /// The key that IT Glue takes.
    pub key: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            policies: 40,
            devices: 500,
            organizations: 60,
            seed: 1,
            troubles: true,
            demo: false,
            port_addigy: 0,
            port_itglue: 0,
            switches: Switches::default(),
            token: "sandbox-token".into(),
            key: "ITG.sandbox-key".into(),
        }
    }
}

impl Options {
    /// The fleet of `bindery demo`.
    pub fn demo() -> Self {
        Self { demo: true, ..Self::default() }
    }

    /// Nothing but statuses and types: for tests that build their own world.
    pub fn empty() -> Self {
        Self { policies: 0, devices: 0, organizations: 0, troubles: false, ..Self::default() }
    }
}

/// Why the sandbox can't start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port can't be listened on.
    #[error(
        "the sandbox's {service:?} can't listen on 127.0.0.1:{port} ({source}); \
         choose another port, or 0 for any that is free"
    )]
    Port {
        /// Whose port.
        service: Service,
        /// The port.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Both services, running. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    addigy: SocketAddr,
    itglue: SocketAddr,
    token: String,
    key: String,
    control: Control,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Makes up the fleet and starts both services on loopback. Wants a tokio runtime.
    ///
    /// # Errors
    /// [`SandboxError::Port`] where a port is taken.
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let addigy_lines = listen(Service::Addigy, options.port_addigy).await?;
        let itglue_lines = listen(Service::ItGlue, options.port_itglue).await?;
        let control = build(&options);
        control.itglue.set_base_url(format!("http://{}", itglue_lines.1));
        let (stop, _) = watch::channel(false);
        let addigy =
            guarded(addigy::router(Arc::clone(&control.addigy)), Service::Addigy, &control)
                .merge(control::http::router(control.clone()));
        let itglue =
            guarded(itglue::router(Arc::clone(&control.itglue)), Service::ItGlue, &control);
        let tasks = vec![
            serve(addigy_lines.0, addigy, stop.subscribe()),
            serve(itglue_lines.0, itglue, stop.subscribe()),
        ];
        Ok(Self {
            addigy: addigy_lines.1,
            itglue: itglue_lines.1,
            token: options.token,
            key: options.key,
            control,
            stop,
            tasks,
        })
    }

    /// Addigy's address without a path, e.g. `http://127.0.0.1:4101`.
    pub fn addigy_url(&self) -> String {
        format!("http://{}", self.addigy)
    }

    /// IT Glue's address without a path.
    pub fn itglue_url(&self) -> String {
        format!("http://{}", self.itglue)
    }

    /// The token that Addigy takes.
    pub fn addigy_token(&self) -> &str {
        &self.token
    }

    /// The key that IT Glue takes.
    pub fn itglue_key(&self) -> &str {
        &self.key
    }

    /// The handle to change the world while it runs.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The text of a settings file with which Bindery uses this sandbox.
    pub fn settings_toml(&self) -> String {
        settings::text(&self.addigy_url(), &self.token, &self.itglue_url(), &self.key)
    }

    /// Stops both services: nothing new is taken, and what is under way gets a second to finish.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        for task in &mut self.tasks {
            if tokio::time::timeout(Duration::from_secs(1), &mut *task).await.is_err() {
                task.abort();
            }
        }
    }
}

async fn listen(service: Service, port: u16) -> Result<(Lines, SocketAddr), SandboxError> {
    let refused = |source| SandboxError::Port { service, port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((Lines(listener), address))
}

fn build(options: &Options) -> Control {
    let clock = Clock::default();
    let shape = Shape {
        policies: options.policies,
        devices: options.devices,
        organizations: options.organizations,
        seed: options.seed,
        troubles: options.troubles,
    };
    let fleet = match options.demo {
        true => Fleet::demo(clock.now()),
        false => Fleet::generate(shape, clock.now()),
    };
    let switches = &options.switches;
    let addigy =
        Addigy::new(fleet.world, options.token.clone(), switches.addigy.clone(), clock.clone());
    let now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    let itglue = ItGlue::new(fleet.account, options.key.clone(), switches.itglue.clone(), now);
    Control {
        addigy: Arc::new(addigy),
        itglue: Arc::new(itglue),
        faults: Arc::new(Faults::default()),
        traffic: Arc::new(Traffic::new(clock.clone())),
        clock,
    }
}

/// A service with counters and faults in front of it.
fn guarded(router: Router, service: Service, control: &Control) -> Router {
    let gate = Gate {
        service,
        traffic: Arc::clone(&control.traffic),
        faults: Arc::clone(&control.faults),
    };
    router.layer(middleware::from_fn_with_state(gate, faults::pass))
}

fn serve(lines: Lines, router: Router, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<Peer>();
    // Resolves when told to stop, and also when the sandbox is gone.
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    tokio::spawn(async move {
        // Never an error: a listener that fails is tried again.
        let _ = axum::serve(lines, service).with_graceful_shutdown(stopped).await;
    })
}
