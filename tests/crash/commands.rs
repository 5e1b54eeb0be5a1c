//! Every moment of the commands that change links and bindings, and of the first command of all.

use crate::fleet::{End, Fleet, SPARE, Writes, each, survived};

/// Where a command finds its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Bound, and with something to sync.
    AsSynced,
    /// Synced by run 2, the program's own.
    SyncedBefore,
    Missing,
}

impl State {
    async fn fleet(self) -> Fleet {
        let mut fleet = Fleet::new(Writes::InBatches).await;
        match self {
            Self::AsSynced => {}
            Self::Missing => fleet.forget(),
            Self::SyncedBefore => {
                fleet.syncs("before").await;
                // What undo holds counts as pending.
                fleet.sync_ends_with = 3;
            }
        }
        fleet
    }
}

/// The command is killed at each of its moments and given again. With a sync after it all is as if it
/// had not been killed.
async fn every_moment_of(state: State, what: &[&str], at_least: u64) {
    let fleet = state.fleet().await;
    let moments = fleet.runs(what, "undisturbed").await.len() as u64;
    let wanted = &end(&fleet, "undisturbed").await;
    assert!(moments >= at_least, "{what:?} has {moments} moments");
    each(1..=moments, |moment| async move {
        let case = format!("{what:?}, killed at {moment}");
        let fleet = state.fleet().await;
        assert!(fleet.dies(fleet.command(what), moment).await, "{case}: it was not killed");
        fleet.runs(what, &case).await;
        end(&fleet, &case).await.is(wanted, &case);
    })
    .await;
    survived(&format!("bindery {}", what.join(" ")), moments as usize);
}

async fn end(fleet: &Fleet, case: &str) -> End {
    fleet.syncs(case).await;
    fleet.end(case).await
}

macro_rules! every_moment_of {
    ($($name:ident: $state:expr, $what:expr, $at_least:expr;)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            every_moment_of($state, &$what, $at_least).await;
        }
    )* };
}

every_moment_of! {
    first_of_all: State::Missing, ["link", "Acme", "Acme"], 6;
    link: State::AsSynced, ["link", "Initech", "Initech"], 4;
    link_anew: State::AsSynced, ["link", "Globex", "Initech", "--yes"], 4;
    unlink: State::AsSynced, ["unlink", "Acme"], 4;
    unlink_and_inactivate: State::AsSynced, ["unlink", "Acme", "--inactivate", "--yes"], 20;
    bind: State::AsSynced, ["bind", "mac-022", SPARE, "--yes"], 4;
    undo: State::SyncedBefore, ["undo", "2", "--yes"], 20;
}
