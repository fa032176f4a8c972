//! The package from outside: certificates as authorities issue them, and as none should.

#[cfg(test)]
mod bundles;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod crls;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod ocsp;
#[cfg(test)]
mod ocsp_recorded;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod pkits;
#[cfg(test)]
mod siblings;
#[cfg(test)]
mod trust_files;
#[cfg(test)]
mod twins;
#[cfg(test)]
mod web_eid;
#[cfg(test)]
mod world;
