// AWS's shapes, as far as the console reads them. Times are seconds since the epoch.

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
export type MachineKind = "STANDARD" | "EXPRESS";

export interface MachineEntry {
  stateMachineArn: string;
  name: string;
  type: MachineKind;
  creationDate: number;
}

export interface Machine extends MachineEntry {
  status: "ACTIVE" | "DELETING";
  definition: string;
  roleArn: string;
  description?: string;
  revisionId?: string;
  label?: string;
  loggingConfiguration?: { level?: string; includeExecutionData?: boolean; destinations?: { cloudWatchLogsLogGroup?: { logGroupArn: string } }[] };
  tracingConfiguration?: { enabled: boolean };
  encryptionConfiguration?: { type: "AWS_OWNED_KEY" | "CUSTOMER_MANAGED_KMS_KEY"; kmsKeyId?: string; kmsDataKeyReusePeriodSeconds?: number };
}

export interface VersionEntry {
  stateMachineVersionArn: string;
  creationDate: number;
}

export interface AliasEntry {
  stateMachineAliasArn: string;
  creationDate: number;
}

export interface Alias {
  stateMachineAliasArn: string;
  name: string;
  description?: string;
  routingConfiguration: { stateMachineVersionArn: string; weight: number }[];
  creationDate: number;
  updateDate: number;
}

export interface Tag {
  key: string;
  value: string;
}

export interface ExecutionEntry {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: Status;
  startDate: number;
  stopDate?: number;
  redriveCount?: number;
  redriveDate?: number;
  mapRunArn?: string;
  stateMachineVersionArn?: string;
  stateMachineAliasArn?: string;
  itemCount?: number;
}

export interface Execution extends ExecutionEntry {
  input?: string;
  output?: string;
  error?: string;
  cause?: string;
  redriveStatus?: "REDRIVABLE" | "NOT_REDRIVABLE" | "REDRIVABLE_BY_MAP_RUN";
  redriveStatusReason?: string;
  traceHeader?: string;
}

export interface SyncExecution extends Omit<Execution, "status"> {
  status: "SUCCEEDED" | "FAILED" | "TIMED_OUT";
  billingDetails?: { billedMemoryUsedInMB: number; billedDurationInMilliseconds: number };
}

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

export interface Run {
  executionArn: string;
  name: string;
  status: Status;
  startDate: number;
  stopDate?: number;
}

export interface Runs {
  counts: Record<Exclude<Status, "PENDING_REDRIVE">, number>;
  recent: Run[];
}

export interface MapRun {
  mapRunArn: string;
  executionArn: string;
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  startDate: number;
  stopDate?: number;
  maxConcurrency: number;
  toleratedFailureCount: number;
  toleratedFailurePercentage: number;
  itemCounts: Counts;
  executionCounts: Counts;
  redriveCount?: number;
}

export interface Counts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  resultsWritten: number;
}

export interface FunctionConfiguration {
  FunctionName: string;
  FunctionArn: string;
  Runtime?: string;
  Handler?: string;
  Role?: string;
  CodeSize: number;
  CodeSha256: string;
  Description?: string;
  Timeout: number;
  MemorySize: number;
  LastModified: string;
  PackageType?: string;
  Version: string;
  State?: string;
  StateReason?: string;
  LastUpdateStatus?: string;
  Architectures?: string[];
  Environment?: { Variables?: Record<string, string> };
  EphemeralStorage?: { Size: number };
  Layers?: { Arn: string; CodeSize?: number }[];
}
