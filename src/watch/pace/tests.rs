use super::*;
use crate::domain::Counts;
use crate::watch::Trouble;
use proptest::prelude::*;

const START: i64 = 1_800_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

fn pace(every: &str) -> Pace {
    Pace::new(every.parse().unwrap())
}

fn summary() -> Summary {
    Summary {
        run: None,
        outcome: Outcome::Done,
        counts: Counts::default(),
        withheld_devices: BTreeSet::new(),
        busy: Vec::new(),
        addigy_requests: 0,
        itglue_requests: 0,
        seconds: 1.0,
        problems: Vec::new(),
        failure: None,
    }
}

fn ran() -> Ended {
    Ended { summary: Some(summary()), trouble: None }
}

fn trouble(kind: TroubleKind) -> Ended {
    Ended { summary: None, trouble: Some(Trouble::new(kind, "what is wrong")) }
}

/// Seconds from the end of a round of 60 s to the next, without jitter.
fn wait(pace: &mut Pace, ended: &Ended) -> i64 {
    let next = pace.next(ended, at(0), at(60), 0.5);
    let When::At(next) = next.when else { panic!("{next:?}") };
    next.duration_since(at(60)).as_secs()
}

#[test]
fn rounds_begin_so_far_apart_give_or_take_a_tenth() {
    for (chance, seconds) in [(0.0, 810), (0.5, 900), (1.0, 990), (f64::NAN, 900), (7.0, 990)] {
        let next = pace("15m").next(&ran(), at(0), at(60), chance).when;
        assert_eq!(next, When::At(at(seconds)), "{chance}");
    }
}

#[test]
fn a_long_round_is_followed_by_a_pause() {
    let next = pace("15m").next(&ran(), at(0), at(5000), 0.5).when;
    assert_eq!(next, When::At(at(5090)));
}

#[test]
fn a_clock_set_back_makes_no_wait_longer() {
    let next = pace("15m").next(&ran(), at(90_000), at(10), 1.0).when;
    assert_eq!(next, When::At(at(1000)));
}

#[test]
fn a_service_that_is_down_is_asked_less_and_less() {
    let mut watch = pace("15m");
    let waits: Vec<i64> = (0..5).map(|_| wait(&mut watch, &trouble(TroubleKind::Down))).collect();
    assert_eq!(waits, [900, 1800, 3600, 3600, 3600]);
    assert_eq!(wait(&mut watch, &ran()), 840);
    assert_eq!(wait(&mut watch, &trouble(TroubleKind::Down)), 900);
    // Never more often than asked for.
    let mut seldom = pace("4h");
    for _ in 0..3 {
        assert_eq!(wait(&mut seldom, &trouble(TroubleKind::State)), 4 * 3600);
    }
    let mut often = pace("1m");
    let waits: Vec<i64> = (0..8).map(|_| wait(&mut often, &trouble(TroubleKind::Down))).collect();
    assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
}

#[test]
fn a_lock_out_is_sat_out_and_a_revoked_key_is_tried_seldom() {
    let day = 24 * 3600;
    for chance in [0.0, 0.3, 1.0] {
        let next = pace("1m").next(&trouble(TroubleKind::LockedOut), at(0), at(60), chance).when;
        let When::At(next) = next else { panic!() };
        assert!((day..=day + day / 10).contains(&next.duration_since(at(60)).as_secs()));
    }
    assert_eq!(wait(&mut pace("1m"), &trouble(TroubleKind::NotPermitted)), 3600);
    assert_eq!(wait(&mut pace("2h"), &trouble(TroubleKind::NotPermitted)), 7200);
    assert_eq!(wait(&mut pace("15m"), &trouble(TroubleKind::Settings)), 840);
}

#[test]
fn trouble_is_told_when_it_begins_and_when_it_is_over() {
    let mut watch = pace("15m");
    let mut told = |ended: &Ended| {
        let news = watch.next(ended, at(0), at(60), 0.5).news;
        news.iter().map(News::word).collect::<Vec<_>>()
    };
    assert_eq!(told(&ran()), [""; 0]);
    assert_eq!(told(&trouble(TroubleKind::Down)), ["trouble"]);
    assert_eq!(told(&trouble(TroubleKind::Down)), [""; 0]);
    assert_eq!(told(&trouble(TroubleKind::NotPermitted)), ["trouble"]);
    assert_eq!(told(&Ended::default()), [""; 0], "stopped is not over");
    assert_eq!(told(&trouble(TroubleKind::Settings)), ["trouble"]);
    assert_eq!(told(&ran()), ["over"]);
    assert_eq!(told(&ran()), [""; 0]);
}

#[test]
fn other_accounts_end_it() {
    let next = pace("15m").next(&trouble(TroubleKind::Refused), at(0), at(60), 0.5);
    assert_eq!(next, Next { news: vec![], when: When::Never("what is wrong".into()) });
}

#[test]
fn what_the_guard_keeps_back_is_told_once_a_change() {
    let mut watch = pace("15m");
    let mut told = |devices: &[&str]| {
        let key = |name: &&str| (OrganizationId::new(1), DeviceId::new(*name));
        let withheld_devices = devices.iter().map(key).collect();
        let ended =
            Ended { summary: Some(Summary { withheld_devices, ..summary() }), trouble: None };
        watch.next(&ended, at(0), at(60), 0.5).news
    };
    assert_eq!(told(&["a", "b"]), [News::Withheld(2)]);
    assert_eq!(told(&["a", "b"]), []);
    assert_eq!(told(&["a", "c"]), [News::Withheld(2)]);
    assert_eq!(told(&[]), [News::Withheld(0)]);
    assert_eq!(told(&[]), []);
}

#[test]
fn problems_and_held_organizations_are_told_once() {
    let mut watch = pace("15m");
    let mut told = |problems: &[&str], busy: &[i64]| {
        let summary = Summary {
            problems: problems.iter().map(|text| (*text).to_owned()).collect(),
            busy: busy.iter().map(|id| (OrganizationId::new(*id), "cron".to_owned())).collect(),
            ..summary()
        };
        let ended = Ended { summary: Some(summary), trouble: None };
        let news = watch.next(&ended, at(0), at(60), 0.5).news;
        news.iter().map(News::word).collect::<Vec<_>>()
    };
    assert_eq!(told(&["renamed"], &[1]), ["problem", "busy"]);
    assert_eq!(told(&["renamed"], &[1]), [""; 0]);
    assert_eq!(told(&["renamed", "another"], &[1, 2]), ["problem", "busy"]);
    assert_eq!(told(&[], &[]), [""; 0]);
    assert_eq!(told(&["renamed"], &[1]), ["problem", "busy"]);
}

fn any_ended() -> impl Strategy<Value = Ended> {
    prop_oneof![
        Just(ran()),
        Just(Ended::default()),
        Just(trouble(TroubleKind::Down)),
        Just(trouble(TroubleKind::LockedOut)),
        Just(trouble(TroubleKind::NotPermitted)),
        Just(trouble(TroubleKind::Settings)),
        Just(trouble(TroubleKind::State)),
    ]
}

proptest! {
    /// Whatever happens: never a hurry, never asleep for good, no trouble told twice in a row.
    #[test]
    fn it_is_polite_and_alive(
        minutes in 1i64..=1440,
        rounds in proptest::collection::vec((any_ended(), -100_000i64..100_000, 0.0f64..=1.0), 1..60),
    ) {
        let mut watch = pace(&format!("{minutes}m"));
        let every = minutes * 60;
        let mut before = None;
        for (ended, taken, chance) in rounds {
            let next = watch.next(&ended, at(0), at(taken), chance);
            let When::At(time) = next.when else { return Err(TestCaseError::fail("ended")) };
            let wait = time.duration_since(at(taken)).as_secs();
            prop_assert!(wait >= every / 10, "{wait} of {every}");
            let kind = ended.trouble.as_ref().map(|trouble| trouble.kind);
            let longest = if kind == Some(TroubleKind::LockedOut) { 24 * 3600 } else { 3600 };
            prop_assert!(wait <= longest.max(every) * 11 / 10, "{wait}");
            let told = next.news.iter().any(|news| matches!(news, News::Trouble { .. }));
            prop_assert_eq!(told, kind.is_some() && kind != before);
            before = kind;
        }
    }
}
