//! The bodies of Huawei's calls, as `wire` reads and writes them. `wire::bss::orders::Orders` is the schema
//! `bss.orders.Orders`. A new body is added to its line in [`of_wire`]; what it consists of comes by itself.

use anyhow::{Result, bail};
use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::SCHEMAS;

/// The schemas of one module's bodies, read (`Deserialize`) or written (`Serialize`).
macro_rules! of_module {
    ($schemas:ident, $contract:ident, $($module:ident)::+: $($shape:ident),+) => {{
        use wire::$($module)::+::{$($shape),+};
        let mut generator = generator(Contract::$contract);
        $(generator.subschema_for::<$shape>();)+
        let module = [$(stringify!($module)),+].join(".");
        add(&mut $schemas, &module, Contract::$contract, generator)?;
    }};
}

/// Every body of `wire`, as components.
///
/// # Errors
///
/// If one is read in one form and written in another under one name.
pub fn of_wire() -> Result<Map<String, Value>> {
    let mut schemas = Map::new();
    of_module!(schemas, Deserialize, ocr: OnlyPicture);
    of_module!(schemas, Deserialize, ocr::auto_classification: Body);
    of_module!(schemas, Serialize, ocr::auto_classification: Response);
    of_module!(schemas, Deserialize, ocr::bankcard: Body);
    of_module!(schemas, Serialize, ocr::bankcard: Response);
    of_module!(schemas, Deserialize, ocr::body: WithLocations, WithPortrait);
    of_module!(schemas, Deserialize, ocr::business_card: Body);
    of_module!(schemas, Serialize, ocr::business_card: Response);
    of_module!(schemas, Serialize, ocr::business_license: Response);
    of_module!(schemas, Deserialize, ocr::driver_license: Body);
    of_module!(schemas, Serialize, ocr::driver_license: Response);
    of_module!(schemas, Serialize, ocr::exit_entry_permit: Response);
    of_module!(schemas, Serialize, ocr::flight_itinerary: Response);
    of_module!(schemas, Deserialize, ocr::general_table: Body);
    of_module!(schemas, Serialize, ocr::general_table: Response);
    of_module!(schemas, Deserialize, ocr::general_text: Body);
    of_module!(schemas, Serialize, ocr::general_text: Response);
    of_module!(schemas, Deserialize, ocr::handwriting: Body);
    of_module!(schemas, Serialize, ocr::handwriting: Response);
    of_module!(schemas, Deserialize, ocr::id_card: Body);
    of_module!(schemas, Serialize, ocr::id_card: Response);
    of_module!(schemas, Deserialize, ocr::id_document: Body);
    of_module!(schemas, Serialize, ocr::id_document: Response);
    of_module!(schemas, Serialize, ocr::license_plate: Response);
    of_module!(schemas, Serialize, ocr::mainland_travel_permit: Response);
    of_module!(schemas, Deserialize, ocr::mvs_invoice: Body);
    of_module!(schemas, Serialize, ocr::mvs_invoice: Response);
    of_module!(schemas, Deserialize, ocr::passport: Body);
    of_module!(schemas, Serialize, ocr::passport: Response);
    of_module!(schemas, Serialize, ocr::quota_invoice: Response);
    of_module!(schemas, Deserialize, ocr::seal: Body);
    of_module!(schemas, Serialize, ocr::seal: Response);
    of_module!(schemas, Deserialize, ocr::smart_document_recognizer: Body);
    of_module!(schemas, Serialize, ocr::smart_document_recognizer: Response);
    of_module!(schemas, Serialize, ocr::taxi_invoice: Response);
    of_module!(schemas, Serialize, ocr::toll_invoice: Response);
    of_module!(schemas, Serialize, ocr::train_ticket: Response);
    of_module!(schemas, Deserialize, ocr::vat_invoice: Body);
    of_module!(schemas, Serialize, ocr::vat_invoice: Response);
    of_module!(schemas, Deserialize, ocr::vehicle_license: Body);
    of_module!(schemas, Serialize, ocr::vehicle_license: Response);
    of_module!(schemas, Serialize, ocr::vin: Response);
    of_module!(schemas, Serialize, ocr::waybill_electronic: Response);
    of_module!(schemas, Deserialize, ocr::web_image: Body);
    of_module!(schemas, Serialize, ocr::web_image: Response);
    of_module!(schemas, Deserialize, iam: TokenRequest, NewCredential, OfCredential, NewUser, PasswordChange);
    of_module!(schemas, Deserialize, iam: Contact, NewGroup, LoginPolicyChange);
    of_module!(schemas, Serialize, iam: TokenResponse, Projects, ProjectBody, Domains, Credentials, CredentialBody);
    of_module!(schemas, Serialize, iam: ListedUser, ListedUsers, UserWithMode, AccountUser, Groups, GroupBody);
    of_module!(schemas, Serialize, iam: Roles, RoleBody, RoleAssignments, LoginPolicyBody);
    of_module!(schemas, Serialize, iam: EnterpriseGroups, EnterpriseUsers, EnterpriseProjects);
    of_module!(schemas, Serialize, error: IamErrorBody);
    of_module!(schemas, Deserialize, bss::accounts: ChangesQuery);
    of_module!(schemas, Serialize, bss::accounts: Balances, Changes, Quota);
    of_module!(schemas, Deserialize, bss::bandwidth: ResourceUsageQuery, UsageSummaryQuery);
    of_module!(schemas, Serialize, bss::bandwidth: ResourceUsage, UsageSummary);
    of_module!(schemas, Deserialize, bss::bills: MonthlySumQuery, FeeRecordsQuery, ResourceFeesQuery);
    of_module!(schemas, Deserialize, bss::bills: ResourceRecordsQuery, BreakdownQuery);
    of_module!(schemas, Serialize, bss::bills: MonthlySum, FeeRecords, ResourceFees, ResourceRecords, Breakdown);
    of_module!(schemas, Deserialize, bss::costs: CostsQuery);
    of_module!(schemas, Serialize, bss::costs: Costs);
    of_module!(schemas, Deserialize, bss::coupons: CouponsQuery, CouponChangesQuery, CardsQuery);
    of_module!(schemas, Serialize, bss::coupons: Coupons, CouponChanges, Cards);
    of_module!(schemas, Deserialize, bss::invoices: InvoicesQuery);
    of_module!(schemas, Serialize, bss::invoices: Invoices);
    of_module!(schemas, Deserialize, bss::members: MembersQuery, RetrievableQuery, ReviewQuery);
    of_module!(schemas, Serialize, bss::members: Members, Retrievable, Review);
    of_module!(schemas, Deserialize, bss::orders: OrdersQuery, DetailsQuery, OfOrder, RefundsQuery);
    of_module!(schemas, Deserialize, bss::orders: PayOrder, CancelOrder);
    of_module!(schemas, Serialize, bss::orders: Orders, OrderDetails, OrderCoupons, OrderDiscounts, Refunds);
    of_module!(schemas, Deserialize, bss::packages: PackagesQuery, UsagesQuery, DrawsQuery);
    of_module!(schemas, Serialize, bss::packages: Packages, Usages, Draws);
    of_module!(schemas, Deserialize, bss::products: ListQuery);
    of_module!(schemas, Serialize, bss::products: ServiceTypes, ResourceTypes, ServiceResources, UsageTypes);
    of_module!(schemas, Serialize, bss::products: MeasureUnits, Conversions);
    of_module!(schemas, Deserialize, bss::ratings: OnDemandQuery, PeriodQuery, RenewQuery, SpecsQuery);
    of_module!(schemas, Serialize, bss::ratings: OnDemandRatings, PeriodRatings, RenewRatings, Specs);
    of_module!(schemas, Deserialize, bss::resources: ResourcesQuery, Renew, AutoRenew, RenewConfig, ToOnDemand);
    of_module!(schemas, Deserialize, bss::resources: Unsubscribe, ToOnDemandInstantly);
    of_module!(schemas, Serialize, bss::resources: Resources, OrdersMade, NotDone, ToOnDemandResults);
    Ok(match json!({ "components": { "schemas": schemas } }) {
        Value::Object(part) => part,
        _ => Map::new(),
    })
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = contract.clone();
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    });
    settings.into_generator()
}

fn add(
    schemas: &mut Map<String, Value>,
    module: &str,
    contract: Contract,
    mut generator: SchemaGenerator,
) -> Result<()> {
    for (name, mut schema) in generator.take_definitions(true) {
        tidy(&mut schema, module, contract == Contract::Serialize);
        let name = format!("{module}.{name}");
        if schemas.get(&name).is_some_and(|there| *there != schema) {
            bail!("{name} is read in one form and written in another: give one of them another name");
        }
        schemas.insert(name, schema);
    }
    Ok(())
}

/// Gives references the name of the module. What is written and may be left out is never null, and an answer has no
/// other fields than these.
fn tidy(schema: &mut Value, module: &str, is_written: bool) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                let name = reference.strip_prefix(SCHEMAS).unwrap_or(reference);
                *reference = format!("{module}.{name}");
            }
            // Sizes of Rust's numbers; the bounds say the same in words others know.
            let known = ["float", "double", "int32", "int64"];
            if object.get("format").and_then(Value::as_str).is_some_and(|format| !known.contains(&format)) {
                object.shift_remove("format");
            }
            let required = object.get("required").cloned().unwrap_or(json!([]));
            if let (true, Some(Value::Object(fields))) = (is_written, object.get_mut("properties")) {
                let is_required =
                    |name: &String| required.as_array().is_some_and(|all| all.contains(&json!(name)));
                fields
                    .iter_mut()
                    .filter(|(name, _)| !is_required(name))
                    .for_each(|(_, field)| never_null(field));
                object.insert("additionalProperties".into(), false.into());
            }
            object.values_mut().for_each(|value| tidy(value, module, is_written));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| tidy(value, module, is_written)),
        _ => {}
    }
}

/// Takes null away from what a schema allows.
pub fn never_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            object["type"] = only.clone();
        }
    }
    if let Some(Value::Array(mut choices)) = object.shift_remove("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        match (choices.pop(), choices.is_empty()) {
            (Some(Value::Object(only)), true) => object.extend(only),
            (last, _) => {
                choices.extend(last);
                object.insert("anyOf".into(), choices.into());
            }
        }
    }
}
