//! Every moment of the commands that change links and bindings, and of the first sync of all.

use crate::fleet::{End, Fleet, SPARE, Writes, each};

/// The command is killed at each of its moments and given again. With a sync after it all is as if it
/// had not been killed.
async fn every_moment_of(what: &[&str], at_least: u64) {
    let fleet = Fleet::new(Writes::InBatches).await;
    let moments = fleet.runs(what, "undisturbed").await.len() as u64;
    let wanted = end(&fleet, "undisturbed").await;
    assert!(moments >= at_least, "{what:?} has {moments} moments");
    let wanted = &wanted;
    each(1..=moments, |moment| async move {
        let case = format!("{what:?}, killed at {moment}");
        let fleet = Fleet::new(Writes::InBatches).await;
        assert!(fleet.dies(fleet.command(what), moment).await, "{case}: it was not killed");
        fleet.runs(what, &case).await;
        end(&fleet, &case).await.is(wanted, &case);
    })
    .await;
    println!("kill points, bindery {}: {moments}, all survived", what.join(" "));
}

async fn end(fleet: &Fleet, case: &str) -> End {
    fleet.syncs(case).await;
    fleet.end(case).await
}

macro_rules! every_moment_of {
    ($($name:ident: $what:expr, $at_least:expr;)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            every_moment_of(&$what, $at_least).await;
        }
    )* };
}

every_moment_of! {
    link: ["link", "Initech", "Initech"], 4;
    link_anew: ["link", "Globex", "Initech", "--yes"], 4;
    unlink: ["unlink", "Acme"], 4;
    unlink_and_inactivate: ["unlink", "Acme", "--inactivate", "--yes"], 20;
    bind: ["bind", "mac-022", SPARE, "--yes"], 4;
}
