import de.bwaldvogel.mongo.backend.KeyValue;
import java.nio.ByteBuffer;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/**
 * Keys of unique indexes, by H2's own types for the values in them. H2 knows no order of keys as a whole: it would
 * serialize both for each comparison, and compare the bytes.
 */
final class KeyType extends BasicDataType<KeyValue> {
    private static final int ITSELF = 64;

    private final ObjectDataType values = new ObjectDataType();

    @Override
    public int compare(KeyValue one, KeyValue other) {
        int sooner = Integer.compare(one.size(), other.size());
        for (int i = 0; sooner == 0 && i < one.size(); i++) {
            sooner = values.compare(one.get(i), other.get(i));
        }
        return sooner;
    }

    @Override
    public void write(WriteBuffer to, KeyValue key) {
        to.putVarInt(key.size());
        key.forEach(value -> values.write(to, value));
    }

    @Override
    public KeyValue read(ByteBuffer from) {
        Object[] read = new Object[DataUtils.readVarInt(from)];
        for (int i = 0; i < read.length; i++) {
            read[i] = values.read(from);
        }
        return new KeyValue(read);
    }

    @Override
    public KeyValue[] createStorage(int size) {
        return new KeyValue[size];
    }

    @Override
    public int getMemory(KeyValue key) {
        return ITSELF + key.stream().mapToInt(values::getMemory).sum();
    }
}
