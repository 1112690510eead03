//! Which node is to have which shards: about as many each. Every node decides for itself, by what all of them see; that two
//! do not take the same shard is the leases' business.

use ledger::journal::postgres::Beat;

use crate::shard::Shard;

/// What a node is to do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Shards that nobody has, and that it may take.
    pub take: Vec<Shard>,
    /// How many it is to give to others.
    pub give: usize,
}

/// What is to be done by the node of this name, which has so many shards. A node that takes none keeps what it has, and has no
/// share of the rest.
pub(super) fn plan(beat: &Beat, own: &str, has: usize, may_try: impl Fn(Shard) -> bool) -> Plan {
    let takers: Vec<&str> =
        beat.nodes.iter().filter(|node| node.takes).map(|node| node.name.as_str()).collect();
    let shards = beat.holders.len();
    if !takers.contains(&own) {
        return Plan::default();
    }
    let (least, most) = (shards / takers.len(), shards.div_ceil(takers.len()));
    if has > most {
        return Plan { take: Vec::new(), give: has - most };
    }
    let free = beat.holders.iter().enumerate().filter(|(_, holder)| holder.is_none());
    let take: Vec<Shard> = free
        .filter_map(|(shard, _)| u8::try_from(shard).ok().map(Shard))
        .filter(|shard| may_try(*shard))
        .take(most - has)
        .collect();
    let is_full = beat.holders.iter().all(Option::is_some);
    let of = |name: &str| beat.holders.iter().filter(|holder| holder.as_deref() == Some(name)).count();
    let lacking = takers.iter().filter(|name| of(name) < least).count();
    // Where one node has too few and none too many, the first of those that have most give.
    let richest: Vec<&str> = takers.iter().copied().filter(|name| of(name) == most && most > least).collect();
    let gives = is_full && richest.iter().take(lacking).any(|name| *name == own);
    Plan { take, give: usize::from(gives) }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use ledger::journal::postgres::Node;

    use super::{Beat, Plan, Shard};

    fn beat(nodes: &[&str], holders: &[Option<&str>]) -> Beat {
        let node = |name: &&str| {
            let (name, takes) = name.strip_prefix('!').map_or((*name, true), |name| (name, false));
            Node { name: name.to_owned(), address: String::new(), takes }
        };
        let holders = holders.iter().map(|holder| holder.map(str::to_owned)).collect();
        Beat { nodes: nodes.iter().map(node).collect(), holders, until: Instant::now() }
    }

    fn plan(beat: &Beat, own: &str, has: usize) -> Plan {
        super::plan(beat, own, has, |_| true)
    }

    /// Nodes do what they are to do, one after the other, until none has anything to do.
    fn settled(
        nodes: &[&str],
        mut holders: Vec<Option<&'static str>>,
        names: &[&'static str],
    ) -> (Vec<usize>, usize) {
        let mut moves = 0;
        for _ in 0..100 {
            let before = holders.clone();
            for name in names.iter().filter(|name| nodes.contains(name)) {
                let has = holders.iter().filter(|holder| **holder == Some(*name)).count();
                let Plan { take, give } = plan(&beat(nodes, &holders), name, has);
                for shard in take {
                    holders[usize::from(shard.0)] = Some(*name);
                }
                for holder in holders.iter_mut().filter(|holder| **holder == Some(*name)).take(give) {
                    *holder = None;
                    moves += 1;
                }
            }
            if holders == before {
                let count = |name: &&str| holders.iter().filter(|holder| **holder == Some(*name)).count();
                assert!(holders.iter().all(Option::is_some));
                return (names.iter().map(count).collect(), moves);
            }
        }
        panic!("it does not come to rest: {holders:?}");
    }

    #[test]
    fn nodes_that_come_and_go_share_what_there_is() {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        for shards in 1..20 {
            let mut holders: Vec<Option<&'static str>> = vec![None; shards];
            for count in [1, 2, 3, 4] {
                let nodes = &NAMES[..count];
                let (has, _) = settled(nodes, holders.clone(), &NAMES);
                let (most, least) = (shards.div_ceil(count), shards / count);
                assert!(
                    has[..count].iter().all(|has| (least..=most).contains(has)),
                    "{shards} {count}: {has:?}"
                );
                // Whoever is gone has nothing.
                holders = has.iter().zip(NAMES).flat_map(|(has, name)| vec![Some(name); *has]).collect();
            }
            let (has, moves) = settled(&NAMES, holders.clone(), &NAMES);
            assert_eq!((has.iter().sum::<usize>(), moves), (shards, 0), "nothing moves where all is well");
            let gone: Vec<_> = holders.iter().map(|holder| holder.filter(|name| *name != "b")).collect();
            let nodes = ["a", "c", "d"];
            let (has, _) = settled(&nodes, gone, &NAMES);
            let (most, least) = (shards.div_ceil(3), shards / 3);
            assert!(
                [has[0], has[2], has[3]].iter().all(|has| (least..=most).contains(has)) && has[1] == 0,
                "{shards}: {has:?}"
            );
        }
    }

    #[test]
    fn whoever_takes_none_has_no_share_of_the_rest() {
        let all = [Some("a"), Some("a"), Some("b"), Some("b")];
        for name in ["a", "b"] {
            assert_eq!(plan(&beat(&["a", "!b"], &all), name, 2), Plan::default());
        }
        let given = [Some("a"), Some("a"), None, Some("b")];
        assert_eq!(plan(&beat(&["a", "!b"], &given), "a", 2), Plan { take: vec![Shard(2)], give: 0 });
        assert_eq!(plan(&beat(&["a", "!b"], &given), "b", 1), Plan::default());
        // One that cannot open anything does not keep the others from what is there.
        let free = [Some("a"), None, Some("c"), None];
        assert_eq!(plan(&beat(&["a", "!b", "c"], &free), "a", 1).take, [Shard(1)]);
    }

    #[test]
    fn nobody_takes_what_somebody_has() {
        let full = beat(&["a", "b"], &[Some("a"), Some("a"), Some("gone and not known to be")]);
        assert_eq!(plan(&full, "b", 0).take, []);
    }
}
