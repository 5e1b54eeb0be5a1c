//! Three days of rounds; a month by
//! `BINDERY_WATCH_ROUNDS=2880 cargo test --test watch long_run -- --nocapture`.
//! `BINDERY_WATCH_SEED` makes another life.

use crate::life::{Life, serial};
use crate::rounds::{Simulated, Tally, now};
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Options, Sandbox, Service};
use bindery::store::Store;
use bindery::watch::watch;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::process::Command;
use tracing::level_filters::LevelFilter;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// In a process of its own, for its memory and its open files are counted.
#[test]
fn nothing_goes_wrong_in_the_long_run() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "long_run::all_rounds", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", told.lines().find(|line| line.contains("hours simulated")).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other process of nothing_goes_wrong_in_the_long_run"]
async fn all_rounds() {
    let most_rounds = number("BINDERY_WATCH_ROUNDS", 288);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("state");
    let sandbox = Sandbox::start(Options::empty()).await.unwrap();
    let store = Store::open(&folder).unwrap();
    bindery::log::init(&folder.join("logs"), LevelFilter::WARN).unwrap();
    let life = Life::begin(number("BINDERY_WATCH_SEED", 1), &sandbox.control(), &store);
    let days = i64::try_from(most_rounds / 96).unwrap();
    let mut simulated = Simulated {
        sandbox,
        folder,
        life,
        tally: Tally::default(),
        keep: SignedDuration::from_mins(144 * days),
        most_rounds,
        day_ends: now() + SignedDuration::from_hours(24),
        killed: false,
        days: Vec::new(),
        bystander: Vec::new(),
    };
    simulated.document_bystanders().await;
    drop(store);
    while simulated.tally.rounds < most_rounds {
        // A process that was killed is started again, by systemd or a person.
        simulated.killed = false;
        watch("15m".parse().unwrap(), &mut simulated).await;
    }
    simulated.end_of_day().await;
    tell(&simulated);
    judge(&simulated);
}

impl Simulated {
    /// The same serial numbers in an organization that is not linked.
    async fn document_bystanders(&mut self) {
        self.sync().await.unwrap();
        let control = self.control();
        let organization_id = control.organization_id("Bystander").unwrap();
        let some = control.all_configurations().remove(0);
        for at in 0..200 {
            control.add_configuration(Configuration {
                id: 0,
                organization_id,
                serial_number: Some(serial(at)),
                interfaces: Vec::new(),
                ..some.clone()
            });
        }
        self.bystander = control.configurations("Bystander").unwrap();
    }
}

fn tell(simulated: &Simulated) {
    let (tally, life) = (&simulated.tally, &simulated.life);
    let (first, last) = (simulated.days[0], simulated.days[simulated.days.len() - 1]);
    for (at, day) in simulated.days.iter().enumerate() {
        println!("day {at}: {day:?}");
    }
    println!(
        "hours simulated: {}, rounds {}, in trouble {}, kills {}, faults {}, changes {}, \
         requests {}, writes {}, news {}, withheld on {} days, memory {} -> {} MB, handles {} -> {}, \
         database {} -> {} kB, log {} kB",
        tally.simulated.as_hours(),
        tally.rounds,
        tally.in_trouble,
        tally.kills,
        life.faults,
        life.changes,
        tally.requests,
        tally.writes,
        tally.news,
        simulated.days.iter().filter(|day| day.withheld > 0).count(),
        first.memory / 1024,
        last.memory / 1024,
        first.handles,
        last.handles,
        first.database,
        last.database,
        last.log,
    );
}

/// Nothing grows with time.
fn judge(simulated: &Simulated) {
    let days = &simulated.days;
    let (first, last) = (days[0], days[days.len() - 1]);
    assert!(last.memory <= first.memory + first.memory / 4 + 8 * 1024, "memory: {days:#?}");
    assert!(last.handles <= first.handles + 8, "open files: {days:#?}");
    // By then as much goes as comes.
    let full = days[(days.len() / 3).max(2).min(days.len() - 1)];
    assert!(last.database <= full.database + full.database / 4 + 256, "database: {days:#?}");
    let a_day = last.log / days.len() as u64;
    assert!(a_day < 256, "the log takes {a_day} kB a day");
    let locks = std::fs::read_dir(simulated.folder.join("locks")).unwrap().count();
    assert!(locks <= 8, "{locks} lock files");
    let runs: BTreeMap<_, _> =
        simulated.store().runs(usize::MAX).unwrap().into_iter().map(|r| (r.id, r)).collect();
    let oldest = runs.values().next().unwrap().started;
    let kept = now().duration_since(oldest);
    let most = simulated.keep + SignedDuration::from_hours(49);
    assert!(kept <= most, "the oldest run is of {oldest}");
    // Never near a limit of either service.
    assert!(simulated.control().traffic().busiest(Service::Addigy, 10) <= 100);
}
