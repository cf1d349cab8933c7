/**
 * How keys and tokens of common services begin, as patterns, with the number of characters that must follow. Issuers
 * choose such prefixes so that leaked keys are found.
 */
type Prefixes = readonly (readonly [prefix: string, minLength: number])[]

/** Letters and digits follow: `hf_` and `npm_` also begin names in programs, whose words are joined by `_`. */
export const ALPHANUMERIC_SECRETS: Prefixes = [
  // Model providers
  ['gsk_', 20],
  ['xai-', 20],
  ['hf_', 20],
  ['api_org_', 30],
  ['r8_', 20],
  ['pplx-', 20],
  ['csk-', 20],
  ['tgp_v1_', 20],
  ['fw_', 20],
  ['jina_', 20],
  ['lsv2_(?:pt|sk)_', 20],
  ['esecret_', 16],
  // Clouds
  ['(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|AROA)(?=[A-Z0-9]{16})', 16],
  ['LTAI', 16],
  ['AKID', 28],
  ['dapi(?=[0-9a-f]{32})', 32],
  ['do[por]_v1_', 32],
  ['nfp_', 30],
  ['sbp_', 30],
  ['pul-', 32],
  ['AGE-SECRET-KEY-1', 30],
  // Code and packages
  ['gh[pousr]_', 20],
  ['github_pat_', 20],
  ['npm_', 30],
  ['rubygems_', 32],
  ['oy2', 43],
  ['CLOJARS_', 32],
  ['cio(?=[A-Za-z0-9]{32}(?![A-Za-z0-9]))', 32],
  ['sq[pua]_', 36],
  ['bkua_', 30],
  ['lin_(?:api|oauth)_', 30],
  ['rdme_', 40],
  ['NRAK-', 20],
  ['ph[cx]_', 30],
  ['vc[pkria]_', 20],
  // Payment, mail, messages
  ['(?:sk|pk|rk)_(?:live|test|prod)_', 10],
  ['whsec_', 16],
  ['shp(?:at|ss|ca|pa)_', 24],
  ['shippo_(?:live|test)_', 20],
  ['EZ[AT]K', 40],
  ['key-(?=[0-9a-f]{32})', 32],
  ['xkeysib-', 32],
  ['(?:AC|SK)(?=[0-9a-f]{32}(?![0-9a-f]))', 32],
  ['ntn_', 30],
  ['secret_(?=[A-Za-z0-9]{43})', 43],
  ['pat(?=[A-Za-z0-9]{14}\\.[0-9a-f]{32})', 14],
]

/** Dashes, points and base64 may follow as well: the prefix alone is rare enough. */
export const OTHER_SECRETS: Prefixes = [
  // Model providers
  ['sk-(?:proj|svcacct|admin|None|ant|or|lf|litellm)-', 8],
  ['nvapi-', 20],
  ['tvly-', 16],
  ['pcsk_', 20],
  // Clouds
  ['ABSK', 40],
  ['AIza', 30],
  ['ya29\\.', 20],
  ['GOCSPX-', 20],
  ['1//0', 30],
  ['dckr_(?:pat|oat)_', 20],
  ['HRKU-', 20],
  ['sb_secret_', 20],
  ['fm[12][a-z]?_', 30],
  ['fo1_', 30],
  ['pscale_(?:tkn|pw|oauth)_', 20],
  ['hv[sbr]\\.', 20],
  ['ops_eyJ', 40],
  ['sha256~', 40],
  ['dp\\.(?:pt|st|ct|sa|scim|audit)\\.', 20],
  ['dt0[a-z]\\d\\d\\.', 20],
  ['AQVN', 32],
  ['y0_', 30],
  // Code and packages
  ['gl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|oas|soat|ffct)-', 16],
  ['pypi-AgE', 40],
  ['AKCp', 40],
  ['AT[AC]TT3', 40],
  ['ATBB', 28],
  ['CCIPAT_', 20],
  ['sntry[su]_', 30],
  ['PMAK-', 30],
  ['figd_', 30],
  ['gl(?:sa|c)_', 24],
  // Payment, mail, messages
  ['sq0(?:atp|csp|idp)-', 20],
  ['EAAA', 56],
  ['access_token\\$(?:production|sandbox)\\$', 20],
  ['FLW(?:SECK|PUBK)(?:_TEST)?-', 20],
  ['SG\\.(?=[\\w-]{16,32}\\.)', 30],
  ['(?:xoxe\\.)?xox[abcdeoprs]-', 10],
  ['xapp-', 10],
  ['tfp_', 30],
  ['CFPAT-', 30],
  ['sm_(?:pat|aat|sat)_', 16],
]
