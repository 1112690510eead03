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

/// What is to be done by the node of this name, which has so many shards.
pub(super) fn plan(beat: &Beat, own: &str, has: usize) -> Plan {
    let (nodes, shards) = (beat.nodes.len().max(1), beat.holders.len());
    let (least, most) = (shards / nodes, shards.div_ceil(nodes));
    let free = beat.holders.iter().enumerate().filter(|(_, holder)| holder.is_none());
    let free: Vec<Shard> = free
        .filter_map(|(shard, _)| u8::try_from(shard).ok().map(Shard))
        .take(most.saturating_sub(has))
        .collect();
    if has > most {
        return Plan { take: Vec::new(), give: has - most };
    }
    let is_full = beat.holders.iter().all(Option::is_some);
    let of = |name: &str| beat.holders.iter().filter(|holder| holder.as_deref() == Some(name)).count();
    let lacks = beat.nodes.iter().filter(|node| of(&node.name) < least).count();
    // Where one node has too few and none too many, the first of those that have most gives.
    let mut richest = beat.nodes.iter().filter(|node| of(&node.name) == most && most > least);
    let gives = is_full && lacks > 0 && richest.any(|node| node.name == own) && {
        let before = beat.nodes.iter().filter(|node| of(&node.name) == most && *node.name < *own).count();
        before < lacks
    };
    Plan { take: free, give: usize::from(gives) }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use ledger::journal::postgres::Node;

    use super::*;

    fn beat(nodes: &[&str], holders: &[Option<&str>]) -> Beat {
        let node = |name: &&str| Node { name: (*name).to_owned(), address: String::new() };
        let holders = holders.iter().map(|holder| holder.map(str::to_owned)).collect();
        Beat { nodes: nodes.iter().map(node).collect(), holders, until: Instant::now() }
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
    fn nobody_takes_what_somebody_has() {
        let full = beat(&["a", "b"], &[Some("a"), Some("a"), Some("gone and not known to be")]);
        assert_eq!(plan(&full, "b", 0).take, []);
    }
}
