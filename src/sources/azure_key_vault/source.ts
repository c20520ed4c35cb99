import { columnsAs, type Source } from '../source.ts';

/** The audit log of Azure Key Vault and Managed HSM, as diagnostic settings deliver it or a workspace exports it. */
export const azureKeyVault: Source = {
  id: 'azure_key_vault',
  title: 'Azure Key Vault audit log',
  // Three shapes of one record: the resource log, a row of AzureDiagnostics, a row of AZKVAuditLogs.
  promise: {
    all: [],
    any: [
      ['time', 'TimeGenerated'],
      ['operationName', 'OperationName'],
      ['category', 'Category', 'Type', 'TableName', '_ResourceId', 'RequestUri'],
      [
        'properties',
        'requestUri_s',
        'id_s',
        'httpStatusCode_d',
        'RequestUri',
        'Id',
        'HttpStatusCode',
      ],
    ],
    none: ['apiVersion', 'kind', 'protoPayload', 'eventSource', 'verb', 'stage'],
    text: {
      category: ['AuditEvent'],
      Category: ['AuditEvent'],
      Type: ['AzureDiagnostics', 'AZKVAuditLogs'],
      ResourceProvider: ['MICROSOFT.KEYVAULT', 'Microsoft.KeyVault', 'microsoft.keyvault'],
    },
  },
  formats: ['json'],
  columns: [
    ...columnsAs('text', {
      time: ['time'],
      time_generated: ['TimeGenerated'],
      resource_id: ['resourceId'],
      resource_id_exported: ['_ResourceId'],
      resource_id_flat: ['ResourceId'],
      operation: ['operationName'],
      operation_exported: ['OperationName'],
      result_signature: ['resultSignature'],
      result_signature_exported: ['ResultSignature'],
      correlation_id: ['correlationId'],
      correlation_id_exported: ['CorrelationId'],
      caller_address: ['callerIpAddress'],
      caller_address_flat: ['CallerIPAddress'],
      caller_address_exported: ['CallerIpAddress'],
      object_url: ['properties', 'id'],
      object_url_flat: ['id_s'],
      object_url_exported: ['Id'],
      request_url: ['properties', 'requestUri'],
      request_url_flat: ['requestUri_s'],
      request_url_exported: ['RequestUri'],
      client: ['properties', 'clientInfo'],
      client_flat: ['clientInfo_s'],
      client_exported: ['ClientInfo'],
      status_code: ['properties', 'httpStatusCode'],
      status_code_flat: ['httpStatusCode_d'],
      status_code_exported: ['HttpStatusCode'],
      secret_enabled: ['properties', 'secretProperties', 'attributes', 'enabled'],
      secret_enabled_flat: ['secretProperties_attributes_enabled_b'],
      key_enabled: ['properties', 'keyProperties', 'attributes', 'enabled'],
      key_enabled_flat: ['keyProperties_attributes_enabled_b'],
      certificate_enabled: ['properties', 'certificateProperties', 'attributes', 'enabled'],
      certificate_enabled_flat: ['certificateProperties_attributes_enabled_b'],
      claim_oid_flat: ['identity_claim_oid_g'],
      claim_object_identifier_flat: [
        'identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g',
      ],
      claim_appid_flat: ['identity_claim_appid_g'],
      claim_appidacr_flat: ['identity_claim_appidacr_s'],
      claim_idtyp_flat: ['identity_claim_idtyp_s'],
      claim_scope_flat: ['identity_claim_scp_s'],
      claim_managed_identity_flat: ['identity_claim_xms_mirid_s'],
      claim_upn_flat: ['identity_claim_upn_s'],
      claim_long_upn_flat: [
        'identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s',
      ],
    }),
    ...columnsAs('json', {
      identity: ['identity'],
      identity_exported: ['Identity'],
      secret_properties_exported: ['SecretProperties'],
    }),
  ],
  // The service logs neither values nor tokens: what a text of a known format may hold is all there is.
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  documents: [
    {
      title: 'Microsoft: Azure Key Vault logging',
      url: 'https://learn.microsoft.com/azure/key-vault/general/logging',
    },
    {
      title: 'Microsoft: AZKVAuditLogs',
      url: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/azkvauditlogs',
    },
  ],
};
